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

# When the report is told, and nobody else deploys.
restart_soon() {
  [ -e "$decided" ] || return 0
  systemd-run --quiet --collect --unit=pulumi-mosquitto-pi-restart --on-active=3 --timer-property=AccuracySec=100ms \
    flock /run/pulumi-mosquitto-pi.lock systemctl reboot 2>/dev/null || :
  echo "restarting $(cat /proc/sys/kernel/random/boot_id)"
}
