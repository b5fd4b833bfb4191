# shellcheck shell=sh
# A restart that upgrades need: after everything is written down, so that nothing has to go on after it. Sourced by hooks.sh.

# As Debian's packages say it.
required=/run/reboot-required
# There from when a restart is decided on until it has happened.
decided=/run/pulumi-mosquitto-pi.os

# That package managers say so, or that what we deployed still runs on libraries that upgrades have replaced: for that, no
# package says so.
is_required() {
  [ -e "$required" ] || [ -n "$(outdated)" ]
}

# Units that run on what is no longer there.
outdated() {
  # shellcheck disable=SC2154
  sed -n 's/^unit \([^ ]*\) active.*/\1/p' "${memory%/*}"/*/manifest 2>/dev/null | while read -r unit; do
    pid=$(systemctl show --property MainPID --value "$unit")
    ! grep -qs '/lib/.*\.so.* (deleted)$' "/proc/$pid/maps" || echo "$unit"
  done
}

prepare_restart() {
  rm -f "$decided"
  is_required || return 0
  if [ "$(wanted restart-if-required)" = yes ]; then
    : >"$decided"
  else
    say "this host has to be restarted before all upgrades take effect; do so, or set rebootIfRequired: true"
  fi
}

describe_restart() {
  if [ "$(wanted restart-if-required)" = yes ] && [ ! -e "$decided" ] && is_required; then
    echo "setting restart-required yes"
  fi
}

# When the lock is free, which this deployment still has, and a moment later, when its report is told. It has the lock until the end.
restart_soon() {
  systemctl --quiet is-active pulumi-mosquitto-pi-restart.service ||
    systemd-run --quiet --collect --unit=pulumi-mosquitto-pi-restart.service \
      flock /run/pulumi-mosquitto-pi.lock sh -c 'sleep 2; systemctl reboot; sleep 600'
}
