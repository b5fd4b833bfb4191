# shellcheck shell=sh
# What was there before us, and how it is given back. Sourced by hooks.sh.
: "${run:?}" "${memory:?}" "${staged:?}" "${families:?}" "${former:?}" "${ssh_port=}" "${client=}"

# Before the first change that lasts; and the disk has it before anything changes.
remember_former() {
  [ ! -e "$memory/written" ] || return 0
  {
    echo "ufw $(say_enabled)"
    echo "boot $(systemctl is-enabled ufw.service 2>/dev/null)"
    settings_in /
    sed -n 's/^\([a-z][^=]*\)=.*/\1/p' /etc/ufw/sysctl.conf | while read -r key; do
      echo "sysctl $key=$(sysctl -n "$key" 2>/dev/null)"
    done
  } >"$former.new"
  sync "$former.new"
  mv "$former.new" "$former"
}

# The rules of others whose place ours take now, or have taken: what others have deleted since is not to come back.
remember_replaced() {
  for family in $families; do
    tuples "$staged" "$family" >"$staged/tuples$family"
    other_tuples / "$family" | grep -vxFf "$staged/tuples$family" | sed "s/^/replaced tuple$family /"
    our_tuples / "$family" | sed "s/^/ours tuple$family /"
  done >"$staged/replaced"
  # Of two for the same port and source, the newer is meant.
  awk '
    {
      kind = $1 == "replaced" || $1 == "ours" ? $1 : ""
      sub(/^(replaced|ours) /, "")
      core = $0
      sub(/ comment=.*/, "", core)
      sub(/^[^ ]* [^ ]* /, substr($1, 6) " ", core)
    }
    kind == "ours" { ours[core]; next }
    kind == "replaced" { replaced[core]; print; next }
    !/^tuple/ || core in ours && !(core in replaced)' "$staged/replaced" "$former" >"$former.new" &&
    sync "$former.new" &&
    mv "$former.new" "$former"
}

# From here on ufw's files may be ours.
keep_former() {
  [ ! -e "$memory/written" ] || return 0
  : >"$run/first"
  : >"$memory/written"
  sync "$memory/written" "$memory"
}

# They are not ours after all: what others change in them before the next try is to be remembered then.
forget_former() {
  [ -e "$run/first" ] || return 0
  give_back_boot
  rm -f "$memory/written"
}

# was NAME: its value before us.
was() {
  sed -n "s/^$1 //p" "$former"
}

was_enabled() {
  [ "$(was ufw)" = enabled ]
}

# Makes the copy as it was before us, but for what others have done since.
stage_former() {
  copy_files
  for family in $families; do
    our_tuples "$staged" "$family" >"$staged/ours"
    while read -r tuple; do give_back "$family" "$tuple" </dev/null; done <"$staged/ours"
  done
  set_policy "$(was incoming)" incoming INPUT
  set_policy "$(was outgoing)" outgoing OUTPUT
  [ "$families" = 4 ] || set_value "$staged/etc/default/ufw" IPV6 "$(was ipv6)"
  was_enabled || return 0
  keep_way
  set_value "$staged/etc/ufw/ufw.conf" ENABLED yes
}

# give_back FAMILY TUPLE: in place of one of ours comes the one whose place it took; ufw has one rule for each port and source.
give_back() {
  replaced=$(was "tuple$1" | while read -r it; do [ "$(core "$it")" != "$(core "$2")" ] || echo "$it"; done)
  if [ -z "$replaced" ]; then
    delete "$2"
    return
  fi
  current=$2
  if [ "${replaced%% *}" != "${2%% *}" ]; then
    current=${replaced%% comment=*}
    # shellcheck disable=SC2086
    set -- "$1" "$2" $current
    # `allow_log` is said as two words.
    # shellcheck disable=SC2046
    edit $(echo "$3" | tr _ ' ') proto "$4" from "$8" to "$6" port "$5"
  fi
  awk -v is="### tuple ### $current" -v was="### tuple ### $replaced" '$0 == is { $0 = was } 1' \
    "$(rules_file "$staged" "$1")" >"$staged/given"
  cat "$staged/given" >"$(rules_file "$staged" "$1")"
}

# A rule without its action and comment.
core() {
  core=${1#* }
  echo "${core%% comment=*}"
}

# The way that deployments come by stays open: their port may be another one than before us.
keep_way() {
  if [ "$(was incoming)" = allow ] || [ -z "$ssh_port" ]; then return 0; fi
  sources=$(for family in $families; do tuples "$staged" "$family"; done |
    sed -nE "s/^(allow|limit)[^ ]* (tcp|any) ($ssh_port|any) [^ ]* any ([^ ]*) .*in( comment=.*)?\$/\4/p")
  # shellcheck disable=SC2086
  [ -z "$sources" ] || ! is_within "$client" $sources || return 0
  say "SSH on port $ssh_port stays open: no other rule lets it in"
  edit allow proto tcp from any to any port "$ssh_port"
}

give_back_boot() {
  case "$(was boot)" in
    disabled) systemctl --quiet disable ufw.service ;;
    masked) systemctl --quiet mask ufw.service ;;
  esac
}
