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
  # All that the broker has is in its files.
  require | recheck | describe | finish) exit ;;
  deactivate)
    systemctl stop pulumi-mosquitto-pi-expiry.service 2>/dev/null || :
    systemctl reset-failed pulumi-mosquitto-pi-expiry.service 2>/dev/null || :
    exit
    ;;
  *) dir=$2 ;;
esac
. "$dir/process.sh"
if [ "$verb" = observe ]; then
  observe
  exit
fi
# shellcheck source=../../host/shell/hooks/words.sh
. "$dir/words.sh"
. "$dir/listeners.sh"
. "$dir/certificates.sh"
. "$dir/revocation.sh"
. "$dir/clients.sh"
. "$dir/trial.sh"
. "$dir/sessions.sh"
. "$dir/activation.sh"

validate() {
  ask_systemd
  check_overriding
  check_ports_free
  check_certificates
  check_rotation /etc/mosquitto/current
  check_revoked /etc/mosquitto/current
  try_broker
}

# verify [PATIENCE]: from outside the configuration, what clients of the live broker see.
verify() {
  ask_systemd
  check_commands
  is_active || fail "mosquitto.service is not active"
  has_loaded "$dir" || fail "mosquitto.service runs another configuration than $dir"
  is_sandboxed ||
    fail "mosquitto.service: expected that it runs in its sandbox, got that it does not; see what takes it away (systemctl cat mosquitto.service), and remove that"
  scratch=$(mktemp -d /run/mosquitto-pi-client.XXXXXX)
  trap 'rm -rf "$scratch"' EXIT
  # A signal takes its time, the more so when the broker hashes the passwords of all its clients anew; and one with a large
  # database is slow to open its ports on a Pi.
  patience=${1:-5}
  [ ! -f "$certs/server.crt" ] || leaf=$(openssl x509 -in "$certs/server.crt")
  check_listeners
  eventually "$patience" has_taken_signals ||
    fail "mosquitto.service does not take the SIGHUP that makes it read its files again"
  ask_systemd
  is_active || fail "mosquitto.service stopped while it was being checked"
}

# Somebody's drop-in, read after ours, would have the service run on other files at its next start, or open to all at a reload.
check_commands() {
  [ -n "$foreign" ] || return 0
  name=${foreign%%=*}
  case "$name" in
    ExecStart) expected=$start ;;
    *) expected=$guarded_reload ;;
  esac
  overriding=$(drop_ins | xargs -r grep -ls "^$name=." | tail -n 1)
  fail "mosquitto.service: expected only $name=$expected, got $foreign; remove ${overriding:-what sets it} and run: sudo systemctl daemon-reload"
}

# The same before anything is done, when it does not come from our drop-in not being read by now.
check_overriding() {
  [ -n "$foreign" ] || return 0
  after_ours=$(drop_ins | sed '1,/\/zz-pulumi-mosquitto-pi.conf$/d' | xargs -r grep -ls '^Exec\(Start\|Reload\)=.') || :
  [ -z "$after_ours" ] || check_commands
}

drop_ins() {
  systemctl show mosquitto.service -p DropInPaths --value | tr ' ' '\n'
}

# try FOLDER: whether the broker would serve the certificate there, which is to take the place of the one that is $kept.
try() {
  certs=$1
  check_certificates
  try_broker
}

# renewed FORMER: a certificate has taken the place of the one in this folder.
renewed() {
  ask_systemd
  is_active || return 0
  check_overriding
  former=$1
  changed=certs/server.crt
  make_live "$(restart_reason "$dir")" "$dir"
  verify 5
}

# What warns of certificates that end: from now on, and once now, for what is deployed may have new ones.
start_expiry() {
  [ -f "$dir/pulumi-mosquitto-pi-expiry.timer" ] || return 0
  systemctl start pulumi-mosquitto-pi-expiry.timer
  systemctl start --no-block pulumi-mosquitto-pi-expiry.service
}

report() {
  echo "mosquitto $(version)"
  while read -r name port _; do
    echo "listening $name $port"
  done <<END
$listeners
END
}

# The broker's own last words; systemd's journal has none of them when the log goes to a file.
log() {
  file=$(sed -n 's/^log_dest file //p' "$dir/mosquitto.conf")
  [ ! -f "$file" ] || tail -n 8 "$file" >&2
}

case "$verb" in
  validate | report | log) "$verb" ;;
  verify | try | renewed)
    shift 2
    "$verb" "$@"
    ;;
  activate)
    shift 2
    activate "$@"
    start_expiry
    ;;
  starting)
    note_loaded "$(count_restorable)"
    # A log that is in memory is gone with its folder at each boot. Who watches the broker looks into the folder: 0755, as the package has it.
    [ -d /var/log/mosquitto ] || mkdir -m 0755 /var/log/mosquitto
    chown mosquitto /var/log/mosquitto
    ;;
  reload)
    pid=$2
    reload
    ;;
  try-in-namespace)
    certs=$4
    try_in_namespace "$3"
    ;;
  *) fail "no such verb: $verb" ;;
esac
