#!/bin/sh
# The broker's part of a transaction: hooks.sh VERB GENERATION [OLD-GENERATION]. It is kept in the generation that it is
# about, so a rollback is checked by the rules of the generation it goes back to.
set -eu
export LC_ALL=C
# None of the authorities that this host trusts: only our own count here, and openssl would read all of them each time.
export SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/dev/null
verb=$1
case "$verb" in
  starting | reload) dir=/etc/mosquitto/current ;;
  *) dir=$2 ;;
esac
. "$dir/process.sh"
if [ "$verb" = observe ]; then
  observe
  exit
fi
. "$dir/listeners.sh"
. "$dir/certificates.sh"
. "$dir/clients.sh"
. "$dir/trial.sh"
. "$dir/sessions.sh"
. "$dir/activation.sh"

validate() {
  check_ports_free
  check_certificates
  try_broker
}

# From outside the configuration: what clients of the live broker see.
verify() {
  check_command_line
  systemctl --quiet is-active mosquitto.service || fail "mosquitto.service is not active"
  has_loaded "$dir" || fail "mosquitto.service runs another configuration than $dir"
  check_listeners
  systemctl --quiet is-active mosquitto.service || fail "mosquitto.service stopped while it was being checked"
}

# Somebody's drop-in, read after ours, would have the service run on other files at its next start.
check_command_line() {
  got=$(systemctl show mosquitto.service -p ExecStart | sed -n 's/.*argv\[\]=\([^;]*\) ;.*/\1/p')
  [ "$got" != "$ours" ] || return 0
  overriding=$(systemctl show mosquitto.service -p DropInPaths --value | tr ' ' '\n' | xargs -r grep -ls '^ExecStart=.' | tail -n 1)
  fail "mosquitto.service: expected ExecStart=$ours, got ExecStart=$got; remove ${overriding:-what sets it} and run: sudo systemctl daemon-reload"
}

report() {
  echo "mosquitto $(version)"
  listeners | while read -r name port _; do echo "listening $name $port"; done
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
  starting) note_loaded "$(count_restorable)" ;;
  reload) reload "$2" ;;
  try-in-namespace) try_in_namespace "$3" ;;
  *) fail "no such verb: $verb" ;;
esac
