# shellcheck shell=sh
# Upgrades of packages that are here, whoever installed them. They are not taken back. Sourced by common.sh.
: "${here:?}" "${wanted_upgrade?}"

# Packages after whose upgrade what runs is still the old one, until the host is restarted. /run/reboot-required is how Debian's
# own packages say so; not all of these do.
need_restart='linux-image.*|raspberrypi-(kernel|bootloader)|raspi-firmware|firmware-.*|libc6|systemd|dbus'

upgrade_packages() {
  [ -n "$wanted_upgrade" ] || return 0
  if interrupted; then finish_interrupted_installation; fi
  update_lists
  require_security_source
  apt-cache gencaches >/dev/null 2>&1 || :
  simulate_upgrades "$wanted_upgrade" >"$here/simulation" 2>"$here/complaint" ||
    fail "upgrade: expected that apt can tell what is to be upgraded, got: $(sed -n 's/^E: //p' "$here/complaint" | paste -s -d ' '); try on the host: sudo -u nobody apt-get -s dist-upgrade"
  upgrades_in "$wanted_upgrade" <"$here/simulation" >"$here/pending"
  [ -s "$here/pending" ] || return 0
  names=$(cut -d ' ' -f 2 "$here/pending" | paste -s -d ' ')
  say "upgrading $(grep -c . "$here/pending") packages: $names"
  upgrade_these "$names" ||
    installation_failed "upgrading" "mend it on the host (sudo apt-get dist-upgrade), then run pulumi up again"
  cut -d ' ' -f 2 "$here/pending" | grep -xE "$need_restart" >"$here/restart" || return 0
  cat "$here/restart" >>/run/reboot-required.pkgs
  : >>/run/reboot-required
}

upgrade_these() {
  case "$wanted_upgrade" in
    full) apt --yes dist-upgrade ;;
    *)
      # shellcheck disable=SC2086
      apt --yes --only-upgrade --no-remove install $1
      ;;
  esac
}

require_security_source() {
  [ "$wanted_upgrade" != security ] || apt-cache policy | grep -q 'l=Debian-Security' ||
    fail "upgrade: expected a source of security updates on this host, got none (apt-cache policy), as with 32-bit Raspberry Pi OS; set upgrade: \"full\""
}
