# shellcheck shell=sh
# The plan of the generation, read. Sourced by hooks.sh.
: "${dir:?the folder of the generation}" "${pid=0}"

line_feed='
'

# The plan, read once. $listeners: one line each, with name, port, address to bind or *, mqtt or websockets, none or tls or
# mutual-tls. $versions: what is wrong with each known version of mosquitto. $certs: the folder with the server's certificate and
# key, and the authority they lead to; $kept is the same when it is not of the generation, but renewed by the host itself.
listeners="" anonymous=no versions="" kept=""
# shellcheck disable=SC2034
while read -r kind words; do
  case "$kind" in
    listener) listeners="$listeners${listeners:+$line_feed}$words" ;;
    anonymous) anonymous=$words ;;
    version) versions="$versions${versions:+$line_feed}$words" ;;
    certificate) kept=$words ;;
  esac
done <"$dir/plan"
# shellcheck disable=SC2034
certs=${kept:-$dir/certs}

# A port may be the running broker's, but nobody else's.
check_ports_free() {
  sockets=$(ss -Hltnp)
  while read -r name port _; do
    while read -r _ _ _ address _ users; do
      holder=${users#*'(("'}
      holder=${holder%%'"'*}
      held_by=${users#*pid=}
      if [ "${address##*:}" = "$port" ] && [ -n "$holder" ] && [ "${held_by%%,*}" != "$pid" ]; then
        fail "listeners.$name.port: expected a free port, got $port, which \"$holder\" listens on; stop it, or choose another port"
      fi
    done <<SOCKETS
$sockets
SOCKETS
  done <<LISTENERS
$listeners
LISTENERS
}

limits_listeners() {
  [ -n "${limits=$(grep -hE '^max_(connections|qos [01])' "$dir"/conf.d/*.conf)}" ]
}

# Sets $address to where a listener bound to $1 is reached from the host itself.
reach() {
  case "$1" in
    '*' | 0.0.0.0) address=127.0.0.1 ;;
    ::) address=::1 ;;
    *) address=$1 ;;
  esac
}
