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

# wanted SETTING…: of each jail that says it, `JAIL SETTING VALUE`.
wanted() {
  while read -r name _ value; do
    case "$name" in '['*) section=$(echo "$name" | tr -d '[]') ;; esac
    case " $* " in *" $name "*) echo "$section $name $value" ;; esac
  done <"$dir/jail.conf"
}

jails() {
  wanted enabled | cut -d ' ' -f 1
}

limits() {
  wanted maxretry findtime bantime
}

# What fail2ban goes by, whatever file has the last word.
value_of() {
  fail2ban-client get "$1" "$2" 2>/dev/null || echo none
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
