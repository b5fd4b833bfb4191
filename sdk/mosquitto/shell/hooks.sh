#!/bin/sh
# The broker's part of a transaction: hooks.sh VERB GENERATION [OLD-GENERATION]. It is kept in the generation that it is
# about, so a rollback is checked by the rules of the generation it goes back to.
set -eu
export LC_ALL=C
verb=$1
case "$verb" in
  reload) dir=/etc/mosquitto/current ;;
  *) dir=$2 ;;
esac
. "$dir/listeners.sh"
. "$dir/certificates.sh"
. "$dir/clients.sh"
. "$dir/trial.sh"

validate() {
  check_ports_free
  check_certificates
  try_broker
}

version() {
  mosquitto -h 2>/dev/null | sed -n 's/^mosquitto version //p'
}

# Only these may change under a running broker; all else needs a restart. The old generation is $1.
reloadable() {
  changed=$(cd "$dir" && find . -type f | while read -r file; do cmp -s "$file" "$1/$file" || echo "$file"; done)
  for file in $changed; do
    case "$file" in
      ./passwd | ./acl | ./canary | ./state | ./plan | ./certs/server.crt | ./certs/server.key) ;;
      *) return 1 ;;
    esac
  done
  [ "$(key_type "$dir/certs/server.crt")" = "$(key_type "$1/certs/server.crt")" ] || return 1
  # A TLS websockets listener of 2.0 keeps its old certificate through a SIGHUP.
  if ! cmp -s "$dir/certs/server.crt" "$1/certs/server.crt" && listeners | grep -q ' websockets tls$'; then return 1; fi
  # 2.0 loses queued QoS 1 messages of restored sessions on SIGHUP; without persistence no session is ever restored.
  case "$(version)" in
    2.0.*) grep -qx 'persistence false' "$dir/mosquitto.conf" ;;
  esac
}

# Says on stdout what it did.
activate() {
  if [ $# -eq 1 ] && systemctl --quiet is-active mosquitto.service && reloadable "$1"; then
    say "reloading mosquitto"
    systemctl reload mosquitto.service
    echo reload
  else
    restart
    echo restart
  fi
}

restart() {
  say "restarting mosquitto"
  systemctl reset-failed mosquitto.service 2>/dev/null || :
  systemctl restart mosquitto.service
}

# From outside the configuration: what clients of the live broker see.
verify() {
  systemctl --quiet is-active mosquitto.service || fail "mosquitto.service is not active"
  check_listeners
  systemctl --quiet is-active mosquitto.service || fail "mosquitto.service stopped while it was being checked"
}

report() {
  echo "mosquitto $(version)"
  listeners | while read -r name port _; do echo "listening $name $port"; done
}

# ExecReload of the unit. Anyone's SIGHUP on a bad file would open a 2.0 broker to everybody (logrotate sends one), so it is
# passed on only when the files on disk make a broker that starts and refuses strangers.
reload() {
  sh "$dir/hooks.sh" validate "$dir" ||
    fail "reload refused: the files in /etc/mosquitto/current do not make a sound broker; the running one goes on unchanged"
  kill -HUP "$1"
}

# The broker's own last words; systemd's journal has none of them when the log goes to a file.
log() {
  file=$(sed -n 's/^log_dest file //p' "$dir/mosquitto.conf")
  [ ! -f "$file" ] || tail -n 8 "$file" >&2
}

case "$verb" in
  validate | verify | restart | report | log) "$verb" ;;
  activate)
    shift 2
    activate "$@"
    ;;
  reload) reload "$2" ;;
  try-in-namespace) try_in_namespace "$3" ;;
  *) fail "no such verb: $verb" ;;
esac
