# shellcheck shell=sh
# ufw's files: those in /etc, and a copy that is changed first. Sourced by hooks.sh.
: "${dir:?}" "${run:?}" "${memory:?}" "${most_seconds:?}" "${families:?}" "${undo:?}"

staged=$run/staged

# Sets $client, the address that the deployment comes from, and $ssh_port, the Pi's own port that it has come to.
find_way() {
  # shellcheck disable=SC2046
  set -- $(cat "$run/connection" 2>/dev/null)
  [ $# -eq 4 ] || fail "ssh: expected an SSH connection, whose port has to stay open, got none"
  client=${1%%%*}
  ssh_port=$4
}

# Whether address $1 is in one of the networks that follow.
is_within() {
  python3 -c '
import ipaddress, sys
address = ipaddress.ip_address(sys.argv[1])
sys.exit(not any(address in ipaddress.ip_network(it) for it in sys.argv[2:]))' "$@"
}

# For describe and destroy, which may come another way.
note_way() {
  echo "$ssh_port $client" >"$memory/way.new"
  sync "$memory/way.new"
  mv "$memory/way.new" "$memory/way"
}

known_way() {
  read -r ssh_port client <"$memory/way"
}

# value FILE NAME: ufw's settings are shell.
value() {
  # shellcheck source=/dev/null
  (. "$1" && eval "echo \"\${$2-}\"")
}

# set_value FILE NAME VALUE
set_value() {
  if grep -q "^$2=" "$1"; then sed -i "s/^$2=.*/$2=$3/" "$1"; else echo "$2=$3" >>"$1"; fi
}

# Whether ufw is to be in force.
say_enabled() {
  if [ "$(value /etc/ufw/ufw.conf ENABLED)" = yes ]; then echo enabled; else echo disabled; fi
}

# settings_in ROOT: what holds where no rule does.
settings_in() {
  echo "incoming $(policy "$1" INPUT)"
  echo "outgoing $(policy "$1" OUTPUT)"
  [ "$families" = 4 ] || echo "ipv6 $(value "$1/etc/default/ufw" IPV6)"
}

# policy ROOT INPUT|OUTPUT: in the words of ufw's command line.
policy() {
  case "$(value "$1/etc/default/ufw" "DEFAULT_$2_POLICY")" in
    DROP) echo deny ;;
    REJECT) echo reject ;;
    *) echo allow ;;
  esac
}

# ufw on the copy, which is disabled meanwhile: it only writes.
edit() {
  ufw "--datadir=$staged" "$@" >/dev/null
}

copy_files() {
  forget_files
  rm -rf "$staged"
  mkdir -p "$staged/etc/default" "$staged/lib/ufw"
  cp -a /etc/ufw "$staged/etc/"
  cp -a /etc/default/ufw "$staged/etc/default/"
  set_value "$staged/etc/ufw/ufw.conf" ENABLED no
}

# set_policy WORD incoming|outgoing CHAIN
set_policy() {
  [ "$(policy "$staged" "$3")" = "$1" ] || edit default "$1" "$2"
}

# Makes the copy as it is to be.
stage() {
  copy_files
  found >"$run/found"
  set_value "$staged/etc/default/ufw" IPV6 yes
  set_policy deny incoming INPUT
  set_policy allow outgoing OUTPUT
  stage_rules
  set_value "$staged/etc/ufw/ufw.conf" ENABLED yes
}

# The digest of all that the copy was made of.
found() {
  (cd /etc && find ufw default/ufw -type f -exec sha256sum {} + | sort)
}

# Somebody may have changed rules while we waited: what they did must not be lost.
is_as_found() {
  [ "$(found)" = "$(cat "$run/found")" ] ||
    complain "ufw: expected that nobody changes its rules meanwhile, but somebody did; run pulumi up again"
}

# Whether the disk has all that the copy has.
is_written() {
  (cd "$staged/etc" && find ufw default -type f) | while read -r file; do cmp -s "$staged/etc/$file" "/etc/$file" || return 1; done
}

# Those that we write, in this order: a power cut in between must not leave a firewall that shuts everybody out. The other way round
# when a firewall goes.
files_to_close="ufw/after.rules ufw/after6.rules ufw/user.rules ufw/user6.rules default/ufw ufw/ufw.conf"
# shellcheck disable=SC2034
files_to_open="ufw/ufw.conf default/ufw ufw/after.rules ufw/after6.rules ufw/user.rules ufw/user6.rules"

# What our own files beside them end in: a backup of somebody's may be called .old.
beside=.pulumi-mosquitto-pi

# Room is taken before anything changes, also for what was there: until forget_files, it is beside.
write_files() {
  for file; do
    cmp -s "$staged/etc/$file" "/etc/$file" && continue
    cp -p "/etc/$file" "/etc/$file$beside.old" &&
      cp -p "$staged/etc/$file" "/etc/$file$beside.new" &&
      sync "/etc/$file$beside.new" || return 1
  done
  for file; do
    [ ! -e "/etc/$file$beside.new" ] || { mv "/etc/$file$beside.new" "/etc/$file" && sync -f /etc; } || return 1
  done
}

# Takes back what write_files has done, as far as it came.
unwrite_files() {
  for file; do
    [ ! -e "/etc/$file$beside.old" ] || { mv "/etc/$file$beside.old" "/etc/$file" && sync -f /etc; } || return 1
  done
}

forget_files() {
  for file in $files_to_close; do rm -f "/etc/$file$beside.new" "/etc/$file$beside.old"; done
}

# From here on somebody else takes the change back, whatever happens to this program.
set_deadline() {
  systemctl stop "$undo.timer" 2>/dev/null || :
  install -d -m 0700 "/run/$undo"
  rm -f "/run/$undo/undone"
  cp "$dir/kernel.sh" "$dir/restore.sh" "/run/$undo/"
  systemd-run --quiet --collect --unit="$undo" --on-active="$most_seconds" --timer-property=AccuracySec=1s sh "/run/$undo/restore.sh" &&
    : >"$run/deadline"
}

# Fails when the former rules are back already.
end_deadline() {
  systemctl stop "$undo.timer" 2>/dev/null || :
  rm -f "$run/deadline"
  [ ! -e "/run/$undo/undone" ] && ! systemctl --quiet is-active "$undo.service"
}

starts_at_boot() {
  [ "$(systemctl is-enabled ufw.service 2>/dev/null)" = enabled ]
}

start_at_boot() {
  starts_at_boot || { systemctl --quiet unmask ufw.service && systemctl --quiet enable ufw.service; }
}
