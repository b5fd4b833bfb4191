#!/bin/sh
# The jail's part of a transaction: hooks.sh VERB GENERATION [OLD-GENERATION].
set -eu
export LC_ALL=C
verb=$1
dir=$2
# shellcheck source=../../host/shell/hooks/words.sh
. "$dir/words.sh"
. "$dir/jail.sh"
. "$dir/proof.sh"

# Before anything changes: fail2ban reads a copy of its folder with the new jail in it.
validate() {
  id -u mosquitto >/dev/null 2>&1 ||
    fail "broker: expected the host of a MosquittoBroker, got one without a user \"mosquitto\""
  scratch=$(mktemp -d /run/mosquitto-pi-jail.XXXXXX)
  trap 'rm -rf "$scratch"' EXIT
  cp -a /etc/fail2ban "$scratch/"
  cp --remove-destination "$dir/jail.conf" "$scratch/fail2ban/jail.d/zz-pulumi-mosquitto-pi.conf"
  cp --remove-destination "$dir/sshd.conf" "$scratch/fail2ban/jail.d/00-pulumi-mosquitto-pi.conf"
  cp --remove-destination "$dir/filter.conf" "$scratch/fail2ban/filter.d/$jail.conf"
  complaints=$(fail2ban-client -c "$scratch/fail2ban" -t 2>&1) || fail "fail2ban refuses its configuration: $complaints"
}

# fail2ban keeps its bans over a restart. A reload is not enough: with another action it leaves a jail without any.
activate() {
  remember_deployer
  if [ "$(watch_digest)" != "$(cat "$note" 2>/dev/null)" ] || ! is_active "$watch"; then
    say "restarting $watch"
    systemctl restart "$watch.service"
    watch_digest >"$note"
  fi
  say "restarting fail2ban"
  systemctl restart fail2ban.service
  echo restart
}

verify() {
  eventually 30 answers || fail "fail2ban.service does not answer"
  for name in $(jails); do
    eventually 10 has_jail "$name" || fail "fail2ban has no jail $name; see /var/log/fail2ban.log"
  done
  is_active "$watch" || fail "expected that $watch.service runs, got $(last_words); see: journalctl -u $watch"
  scratch=$(mktemp -d /run/mosquitto-pi-jail.XXXXXX)
  trap 'rm -rf "$scratch"' EXIT
  check_limits
  check_sees_failures
  check_bans
  is_active "$watch" || fail "$watch.service stopped while it was being checked"
}

report() {
  echo "jail $jail"
  echo "fail2ban $(fail2ban-client -V)"
}

describe() {
  in_force | sed 's/^\([^ ]*\) /setting \1./'
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
  require | recheck | observe | finish) ;;
  *) fail "no such verb: $verb" ;;
esac
