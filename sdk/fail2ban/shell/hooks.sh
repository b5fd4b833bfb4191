#!/bin/sh
# The jail's part of a transaction: hooks.sh VERB GENERATION [OLD-GENERATION].
set -eu
export LC_ALL=C
verb=$1
dir=$2
. "$dir/jail.sh"
. "$dir/proof.sh"

# Before anything changes: fail2ban reads a copy of its folder with the new jail in it.
validate() {
  id -u mosquitto >/dev/null 2>&1 ||
    fail "broker: expected the host of a MosquittoBroker, got one without a user \"mosquitto\""
  scratch=$(mktemp -d /run/mosquitto-pi-jail.XXXXXX)
  trap 'rm -rf "$scratch"' EXIT
  cp -aL /etc/fail2ban "$scratch/"
  cp "$dir/jail.conf" "$scratch/fail2ban/jail.d/zz-pulumi-mosquitto-pi.conf"
  cp "$dir/filter.conf" "$scratch/fail2ban/filter.d/$jail.conf"
  complaints=$(fail2ban-client -c "$scratch/fail2ban" -t 2>&1) || fail "fail2ban refuses its configuration: $complaints"
}

# Prints what it took: nothing, reload or restart. Bans stay, whatever it is.
activate() {
  remember_deployer
  now=$(loaded_by "$dir")
  did=nothing
  if [ "$now" != "$(cat "$note" 2>/dev/null)" ] || ! is_active "$watch"; then
    say "restarting $watch"
    systemctl restart "$watch.service"
    did=restart
  fi
  if ! is_active fail2ban || ! answers; then
    say "starting fail2ban"
    systemctl restart fail2ban.service
    did=restart
  elif [ "$now" != "$(cat "$note" 2>/dev/null)" ] || ! has_jail "$jail"; then
    say "reloading fail2ban"
    fail2ban-client reload >/dev/null
    [ "$did" = restart ] || did=reload
  fi
  printf '%s\n' "$now" >"$note"
  echo "$did"
}

verify() {
  eventually 30 answers || fail "fail2ban.service does not answer"
  for name in $(jails); do
    eventually 10 has_jail "$name" || fail "fail2ban has no jail $name; see /var/log/fail2ban.log"
  done
  check_limits
  is_active "$watch" || fail "$watch.service is not active"
  scratch=$(mktemp -d /run/mosquitto-pi-jail.XXXXXX)
  trap 'rm -rf "$scratch"' EXIT
  check_sees_failures
  check_bans
  is_active "$watch" || fail "$watch.service stopped while it was being checked"
}

report() {
  echo "jail $jail"
  echo "fail2ban $(fail2ban-client --version | sed -n 's/^[^0-9]*\([0-9.]*[0-9]\).*/\1/p' | head -n 1)"
}

describe() {
  limits | while read -r name what _; do echo "setting $name.$what $(value_of "$name" "$what")"; done
}

log() {
  tail -n 8 /var/log/fail2ban.log >&2 2>/dev/null || :
}

# Who is banned by us is let in again.
deactivate() {
  fail2ban-client get "$jail" banip 2>/dev/null | xargs -r fail2ban-client set "$jail" unbanip >/dev/null || :
  fail2ban-client stop "$jail" >/dev/null 2>&1 || :
  rm -f "$note"
}

case "$verb" in
  validate | activate | verify | report | describe | log | deactivate) "$verb" ;;
  observe) ;;
  *) fail "no such verb: $verb" ;;
esac
