#!/bin/sh
# The certificate's part of a transaction: hooks.sh VERB GENERATION [OLD-GENERATION].
set -eu
export LC_ALL=C
verb=$1
dir=$2
# shellcheck source=../../host/shell/hooks/words.sh
. "$dir/words.sh"
. "$dir/pairs.sh"
. "$dir/ordering.sh"
. "$dir/live.sh"

timer=pulumi-mosquitto-pi-acme-renew.timer
renew_unit=pulumi-mosquitto-pi-acme-renew.service

# Prints what it took. Where this generation was live before, its pair is good enough until it ends, and then the timer's affair: a
# rollback orders nothing that was there.
activate() {
  age=young
  [ "$dir" != "${1-}" ] || age=any
  took=$(obtain "$age") || exit 1
  systemctl start "$timer"
  echo "${took:-nothing}"
}

verify() {
  flaw=$(flaw "$live")
  [ -z "$flaw" ] || fail "certificate: expected one in $live for what was asked, got that it is $flaw"
}

# Renewals are no drift.
describe() {
  flaw=$(flaw "$live")
  echo "setting certificate ${flaw:-valid}"
}

observe() {
  ! systemctl --quiet is-failed "$renew_unit" || echo "renewal failed"
}

report() {
  echo "certificate-expires $(date -u -d "@$(end_of <"$live/server.crt")" +%Y-%m-%dT%H:%M:%SZ)"
}

finish() {
  prune_pairs
}

deactivate() {
  for unit in "$timer" "$renew_unit" "$order_unit"; do
    systemctl stop "$unit" 2>/dev/null || :
    systemctl reset-failed "$unit" 2>/dev/null || :
  done
  rm -rf "$store" "/var/lib/${store##*/}" "/var/lib/systemd/timers/stamp-$timer"
}

case "$verb" in
  verify | describe | observe | report | finish | deactivate) "$verb" ;;
  activate)
    shift 2
    activate "$@"
    ;;
  require | validate | recheck | log) ;;
  *) fail "no such verb: $verb" ;;
esac
