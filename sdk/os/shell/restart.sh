# shellcheck shell=sh
# A restart that upgrades need: after everything is written down, so that nothing has to go on after it. Sourced by hooks.sh.

# As Debian's packages say it.
required=/run/reboot-required
# There from when a restart is decided on until it has happened.
decided=/run/pulumi-mosquitto-pi.os

prepare_restart() {
  rm -f "$decided"
  if [ ! -e "$required" ]; then return; fi
  if [ "$(wanted restart-if-required)" = yes ]; then
    : >"$decided"
  else
    say "this host has to be restarted before all upgrades take effect; do so, or set rebootIfRequired: true"
  fi
}

describe_restart() {
  if [ "$(wanted restart-if-required)" = yes ] && [ -e "$required" ] && [ ! -e "$decided" ]; then
    echo "setting restart-required yes"
  fi
}

# When the lock is free, which this deployment still has, and a moment later, when its report is told. It has the lock until the end.
restart_soon() {
  systemctl --quiet is-active pulumi-mosquitto-pi-restart.service ||
    systemd-run --quiet --collect --unit=pulumi-mosquitto-pi-restart.service \
      flock /run/pulumi-mosquitto-pi.lock sh -c 'sleep 2; systemctl reboot; sleep 600'
}
