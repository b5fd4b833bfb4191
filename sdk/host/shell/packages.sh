# shellcheck shell=sh
# Step 1, install. Sourced by common.sh.
: "${here:?}" "${memory:?}"

installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# apt waits for the dpkg lock (unattended-upgrades holds it for minutes) and asks nothing.
apt() (
  umask 022
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" </dev/null >"$here/apt.log" 2>&1 9>&-
)

apt_failed() {
  tail -n 15 "$here/apt.log" >&2 || :
  fail "$*"
}

install_packages() {
  missing=""
  for package in $(wanted package); do
    installed "$package" || missing="$missing $package"
  done
  if [ -n "$(dpkg --audit)" ]; then
    say "finishing an interrupted package installation (dpkg --configure -a)"
    dpkg --configure -a </dev/null >"$here/apt.log" 2>&1 || apt_failed "dpkg --configure -a failed"
  fi
  [ -n "$missing" ] || return 0

  # Nothing may start with a package's default configuration, not even after a power cut in the middle of this.
  for unit in $(wanted unit); do
    [ -e "/lib/systemd/system/$unit" ] || systemctl --quiet mask "$unit" 2>/dev/null
  done
  say "installing$missing"
  apt update || apt_failed "apt-get update failed"
  # Written down before it happens. `Inst name [old version] (…)` would be an upgrade, and not ours to remove.
  # shellcheck disable=SC2086
  apt-get -s install --no-install-recommends $missing | sed -n 's/^Inst \([^ ]*\) (.*/\1/p' >>"$memory/installed"
  # shellcheck disable=SC2086
  apt install --yes --no-install-recommends $missing || apt_failed "apt-get install$missing failed"
}

# Purges what we installed, and of its dependencies those that nothing else needs by now.
remove_packages() {
  [ -s "$memory/installed" ] || return 0
  ours=""
  for package in $(wanted package); do
    if grep -qx "$package" "$memory/installed" && installed "$package"; then ours="$ours $package"; fi
  done
  [ -n "$ours" ] || return 0
  say "removing$ours"
  # shellcheck disable=SC2086
  apt purge --yes $ours || apt_failed "apt-get purge$ours failed"
  sort -u "$memory/installed" >"$here/installed"
  unneeded=$(apt-get -s autoremove | sed -n 's/^Remv \([^ ]*\) .*/\1/p' | sort -u | comm -12 - "$here/installed")
  # shellcheck disable=SC2086
  [ -z "$unneeded" ] || apt purge --yes $unneeded || apt_failed "apt-get purge of unneeded packages failed"
}
