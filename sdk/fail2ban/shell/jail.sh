# shellcheck shell=sh disable=SC2034
# The jail, the watch, and messages. Sourced by hooks.sh.
: "${dir:?the folder of the generation}"

jail=pulumi-mosquitto
watch=pulumi-mosquitto-watch
# What fail2ban and the watch have loaded, since boot.
note=/run/pulumi-mosquitto-pi.fail2ban

say() {
  printf '%s\n' "$*" >&2 || :
}

fail() {
  say "error: $*"
  exit 1
}

# eventually SECONDS COMMAND…
eventually() {
  tries=$(($1 * 5))
  shift
  until "$@"; do
    [ "$tries" -gt 0 ] || return 1
    tries=$((tries - 1))
    sleep 0.2
  done
}

is_active() {
  systemctl --quiet is-active "$1.service"
}

answers() {
  fail2ban-client ping >/dev/null 2>&1
}

has_jail() {
  fail2ban-client status "$1" >/dev/null 2>&1
}

# The jails that are wanted.
jails() {
  sed -n 's/^\[\(.*\)\]$/name \1/p; s/^enabled = true$/enabled/p' "$dir/jail.conf" | while read -r what name; do
    case "$what" in
      name) last=$name ;;
      enabled) echo "$last" ;;
    esac
  done
}

# What a generation has them load.
loaded_by() {
  cat "$1/jail.conf" "$1/filter.conf" "$1/watch.service" "$1/watch.py" | sha256sum
}

# The address that this deployment comes from, for the jails not to ban it: not one that is left over from before.
remember_deployer() {
  file=/var/lib/pulumi-mosquitto-pi/fail2ban/deployer
  address=${SSH_CONNECTION-}
  address=${address%% *}
  address=${address%%%*}
  address=${address#::ffff:}
  [ -n "$address" ] || return 0
  printf '%s\n' "$address" >"$file.new"
  chmod 0644 "$file.new"
  mv "$file.new" "$file"
}
