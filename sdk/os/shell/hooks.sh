#!/bin/sh
# The operating system's part of a transaction: hooks.sh VERB GENERATION. The generation says what is wanted. What was there before
# us is remembered setting by setting, and comes back when a setting is no longer wanted.
set -eu
export LC_ALL=C
verb=$1
dir=$2
# shellcheck source=../../host/shell/hooks/words.sh
. "$dir/words.sh"
. "$dir/settings.sh"
. "$dir/mdns.sh"
. "$dir/restart.sh"
. "$dir/unattended.sh"

# Seconds: for a clock after its boot, and for a name that avahi first asks the network about.
patience_clock=60
patience_name=20

# The time comes first: apt refuses lists of packages that are from the future.
require() {
  [ "$(wanted time-sync)" = yes ] || return 0
  [ "$(clock CanNTP)" = yes ] ||
    fail "timeSync: expected a service that synchronizes the clock, got none; run on the host: sudo apt install systemd-timesyncd"
  { remember time-sync && change time-sync yes; } >/dev/null
  eventually "$patience_clock" is_synchronized || take_back \
    "timeSync: expected that the clock is synchronized within $patience_clock seconds, got none of it; can the host reach a time server? see there: timedatectl timesync-status. Without one: timeSync: false"
}

validate() {
  zone=$(wanted timezone)
  [ -z "$zone" ] || [ -f "/usr/share/zoneinfo/$zone" ] || take_back \
    "timezone: expected one that this release knows, got \"$zone\"; see on the host: timedatectl list-timezones (names that are out of use are in the package tzdata-legacy)"
  check_source
}

# Prints what it took: nothing, or reload.
activate() {
  did=$(start_units && settle) || take_back
  case "$did" in '') echo nothing ;; *) echo reload ;; esac
}

start_units() {
  units=$(sed -n 's/^unit //p' "$dir/state")
  # shellcheck disable=SC2086
  [ -z "$units" ] || systemctl start $units
}

verify() {
  name=$(wanted hostname)
  [ -z "$name" ] || eventually "$patience_name" is_called "$name.local" || take_back \
    "hostname: expected that the network finds this host as $name.local, got \"$(mdns_name)\"; is there another of that name? see on the host: systemctl status avahi-daemon"
  check_overruled
  prepare_restart
}

# take_back [REASON]: what there was before us, where nothing of ours was there yet; else the caller goes back to that.
take_back() {
  [ $# -eq 0 ] || say "error: $1"
  [ -s "$memory/manifest" ] || give_back
  exit 1
}

# What is set here outside of files, and is to be as it was deployed.
describe() {
  for key in $keys; do
    [ -z "$(wanted "$key")" ] || echo "setting $key $(now "$key")"
  done
  [ -z "$(wanted hostname)" ] || {
    eventually 5 is_registered || :
    echo "setting mdns-name $(mdns_name)"
  }
  describe_unattended
  describe_restart
}

report() {
  echo "hostname $(now hostname)"
  [ ! -e "$decided" ] || echo "restarting $(cat /proc/sys/kernel/random/boot_id)"
}

finish() {
  [ ! -e "$decided" ] || restart_soon
}

deactivate() {
  give_back
}

case "$verb" in
  require | validate | activate | verify | describe | report | finish | deactivate) "$verb" ;;
  recheck | observe | log) ;;
  *) fail "no such verb: $verb" ;;
esac
