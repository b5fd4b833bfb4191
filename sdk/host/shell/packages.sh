# shellcheck shell=sh
# Step 1, install. Sourced by common.sh.
: "${here:?}" "${memory:?}" "${wanted_packages?}" "${wanted_units?}"

packages_unit=pulumi-mosquitto-pi-packages.service

# Who else is at work with apt or dpkg: the lock, the process and its command line; nothing when nobody is.
package_manager() {
  lslocks --noheadings --output PID,PATH 2>/dev/null | sort -k 2 | while read -r pid lock; do
    case "$lock" in
      /var/lib/dpkg/lock* | /var/lib/apt/lists/lock | /var/cache/apt/archives/lock)
        command=$(tr 2>/dev/null '\0' ' ' <"/proc/$pid/cmdline" | cut -c -80)
        echo "process $pid (${command% }) holds $lock"
        break
        ;;
    esac
  done
}

# unattended-upgrades works for minutes. Tries are counted, not seconds: the clock of a Pi may jump.
wait_for_package_manager() {
  tries=0
  told=""
  while other=$(package_manager) && [ -n "$other" ]; do
    [ "$other" = "$told" ] || say "waiting for another installation to finish (10 minutes at most): $other"
    told=$other
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] ||
      fail "packages: expected that another installation ends within 10 minutes, but $other; see what it waits for (ps, journalctl -u unattended-upgrades), and run pulumi up again when it has ended"
    sleep 2
  done
}

# alone COMMAND…: runs it when nobody else installs. Somebody may come between the look and the command: three tries.
alone() {
  for _ in 1 2 3; do
    wait_for_package_manager
    code=0
    (umask 022 && "$@") </dev/null >"$here/attempt.log" 2>&1 9>&- || code=$?
    [ "$code" -ne 0 ] || return 0
    cat "$here/attempt.log" >>"$here/apt.log"
    grep -qE 'Could not get lock|locked by another process' "$here/attempt.log" || return "$code"
  done
  return 1
}

# undisturbed COMMAND…: in a unit of its own. It goes on when the transaction is killed: dpkg is not to be interrupted at its work.
undisturbed() {
  systemd-run --quiet --wait --pipe --collect --unit="$packages_unit" \
    --property=UMask=0022 --setenv=LC_ALL=C --setenv=DEBIAN_FRONTEND=noninteractive "$@"
}

# What a transaction that was killed has left at work. Part of taking the lock.
wait_for_earlier_packages() {
  ! systemctl --quiet is-active "$packages_unit" || say "waiting until the packages of an interrupted deployment are installed (see on the host: systemctl status $packages_unit)"
  while systemctl --quiet is-active "$packages_unit"; do sleep 2; done
}

# Asks nothing; a configuration file that somebody has edited stays as it is.
apt() {
  alone undisturbed apt-get -qq -o DPkg::Lock::Timeout=600 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

# Lists that are not up to date often are good enough, and a source of somebody else's may be broken for good.
update_lists() {
  outdated=""
  if fetch_lists 3; then return; fi
  # It may stall for ever, when a proxy hangs up at the wrong time; then it mostly goes well the next time.
  if [ "$code" -eq 124 ] && fetch_lists 10; then return; fi
  outdated=" apt-get update failed, too: $(reasons)"
  say "apt-get update failed: $(reasons) going on with the package lists that are there"
}

# fetch_lists MINUTES
fetch_lists() {
  alone timeout "$1m" apt-get -qq -o APT::Update::Error-Mode=any update && return
  [ "$code" -ne 124 ] || echo "E: it has not ended within $1 minutes" >>"$here/attempt.log"
  return 1
}

# What the last attempt ended with.
reasons() {
  sed -n 's/^\(E\|dpkg: error\): \(.*\)/\2;/p' "$here/attempt.log" | head -n 2 | paste -s -d ' '
}

# Both are in the text: what failed, and what to do. apt says "held" of packages that nobody holds, too.
installation_failed() {
  grep -v '^(Reading database' "$here/apt.log" | tail -n 15 >&2 || :
  held=$(apt-mark showhold | paste -s -d ' ')
  if [ -n "$held" ] && grep -qi '^E: .*held' "$here/attempt.log"; then
    fail "packages: $1 failed: $(reasons) somebody holds $held; release it on the host (sudo apt-mark unhold $held), then run this again"
  fi
  fail "packages: $1 failed: $(reasons)$outdated $2"
}

# States that a power cut leaves when it comes while dpkg unpacks or configures; or changes that dpkg has noted but not made.
interrupted() {
  [ -z "$(unfinished_packages)" ] || return 0
  set -- /var/lib/dpkg/updates/[0-9]*
  [ -e "$1" ]
}

cut_while_unpacked() {
  dpkg-query -W -f '${db:Status-Abbrev}\n' | grep -q '^..R'
}

finish_interrupted_installation() {
  say "finishing an interrupted package installation (dpkg --configure -a)"
  alone undisturbed dpkg --force-confdef --force-confold --configure -a && ! cut_while_unpacked && return
  say "fetching again what was cut off while it was unpacked (apt-get --fix-broken install)"
  update_lists
  apt --fix-broken --yes --no-remove install ||
    installation_failed "finishing an interrupted installation" "mend it on the host: sudo dpkg --configure -a; sudo apt-get --fix-broken install"
}

# Nothing may start with a package's default configuration, not even after a power cut in the middle of the installation. A unit
# of ours comes with no package.
keep_stopped() {
  for unit in $wanted_units; do
    [ -e "/lib/systemd/system/$unit" ] || names link "$here/state" | grep -qxF "/etc/systemd/system/$unit" || complaint=$(systemctl --quiet mask "$unit" 2>&1) ||
      fail "packages: cannot mask $unit while its package is installed: $complaint"
  done
}

# Sets $missing to the packages that are to be installed, each after a blank.
look_for_packages() {
  missing=""
  # shellcheck disable=SC2086
  found=$(describe_packages $wanted_packages)
  for package in $wanted_packages; do
    is_installed "$package" || missing="$missing $package"
  done
  [ ! -s "$memory/manifest" ] ||
    for package in $(printf '%s\n' "$found" | downgraded "$memory/manifest"); do missing="$missing $package"; done
}

# By what was $found.
is_installed() {
  case "$found" in *"package $1 installed "*) ;; *) return 1 ;; esac
}

# Packages that we installed, each with a file of its that is empty and should not be. dpkg does not sync new configuration files,
# an init script is one, and takes a package for installed whose files a power cut has emptied.
torn_files() {
  sort -u "$memory/installed" | grep -vxFf "$memory/configured" | while read -r package; do
    dpkg --verify "$package" 2>/dev/null | sed -n 's,^..5[^/]*,,p' | while read -r file; do
      [ -s "$file" ] || echo "$package $file"
    done
  done
}

# What is missing comes back with the package, what is there stays.
mend_torn_packages() {
  torn=$(torn_files)
  [ -n "$torn" ] || return 0
  names=$(printf '%s\n' "$torn" | cut -d ' ' -f 1 | sort -u | tr '\n' ' ')
  say "installing again what an interruption has left with empty files: ${names% }"
  printf '%s\n' "$torn" | cut -d ' ' -f 2- | tr '\n' '\0' | xargs -0 rm -f
  # shellcheck disable=SC2086
  apt -o Dpkg::Options::=--force-confmiss --yes --reinstall --no-install-recommends install $names ||
    installation_failed "apt-get install --reinstall $names" "run it on the host, then pulumi up again"
}

install_packages() {
  outdated=""
  if interrupted; then
    finish_interrupted_installation
    look_for_packages
  fi
  [ -z "$missing" ] || install_missing
  [ -e "$memory/installing" ] || return 0
  mend_torn_packages
  sync
  rm "$memory/installing"
}

install_missing() {
  keep_stopped
  say "installing$missing"
  update_lists
  # `Inst name [old version] (…)` would be an upgrade, and not ours to remove.
  # shellcheck disable=SC2086
  apt-get -s install --no-install-recommends $missing 2>/dev/null | sed -n 's/^Inst \([^ ]*\) (.*/\1/p' >"$here/new"
  # Both are written down before it happens.
  configured_before >>"$memory/configured"
  cat "$here/new" >>"$memory/installed"
  : >"$memory/installing"
  sync "$memory/configured" "$memory/installed" "$memory/installing"
  # shellcheck disable=SC2086
  apt install --yes --no-install-recommends --no-remove $missing ||
    installation_failed "apt-get install$missing" "check the host's network, clock and package sources (sudo apt-get update; apt-cache policy$missing), then run pulumi up again"
}

# Of the new packages, those that were here once, and whose configuration and data are here still.
configured_before() {
  touch "$memory/installed"
  # shellcheck disable=SC2046
  describe_packages $(grep -vxFf "$memory/installed" "$here/new") | sed -n 's/^package \([^ ]*\) config-files .*/\1/p'
}

# Of what was deployed last.
unwanted_packages() {
  [ ! -f "$memory/manifest" ] || names package "$memory/manifest" | while read -r package; do
    case " $wanted_packages " in *" $package "*) ;; *) echo "$package" ;; esac
  done
}

# remove_packages NAME…: takes away those that we installed, and of their dependencies those that nothing else needs by now.
remove_packages() {
  if [ $# -eq 0 ] || [ ! -s "$memory/installed" ]; then return; fi
  outdated=""
  if interrupted; then finish_interrupted_installation; fi
  wanted_elsewhere >"$here/elsewhere"
  sort -u "$memory/installed" | comm -23 - "$here/elsewhere" >"$here/installed"
  choose_removable "$@"
  [ -n "$removable" ] || return 0
  say "removing$removable"
  # shellcheck disable=SC2086
  take_away $removable
  # What somebody's package merely suggests came with us all the same.
  unneeded=$(apt-get -s -o APT::AutoRemove::SuggestsImportant=false autoremove | sed -n 's/^Remv \([^ ]*\) .*/\1/p' | sort -u | comm -12 - "$here/installed")
  # shellcheck disable=SC2086
  [ -z "$unneeded" ] || take_away $unneeded
}

# The memories of other concepts that are deployed on this host.
other_memories() {
  find "${memory%/*}" -mindepth 2 -maxdepth 2 -name manifest ! -path "$memory/*" -printf '%h\n'
}

wanted_elsewhere() {
  other_memories | while read -r other; do names package "$other/manifest"; done | sort -u
}

# A concept that goes leaves what it has installed, and others of ours still need, to all of these: who needs it last takes it away.
bequeath_packages() {
  if [ -z "$(other_memories)" ] || [ ! -s "$memory/installed" ]; then return; fi
  # shellcheck disable=SC2046
  describe_packages $(sort -u "$memory/installed") | sed -n 's/^package \([^ ]*\) installed .*/\1/p' | sort >"$here/left"
  # Nobody asks for it by name any more, and apt is to know.
  wanted_elsewhere >"$here/elsewhere"
  # shellcheck disable=SC2086
  unasked=$(printf '%s\n' $wanted_packages | grep -xFf "$here/left" | grep -vxFf "$here/elsewhere") || :
  # shellcheck disable=SC2086
  [ -z "$unasked" ] || alone apt-mark auto $unasked
  sort -u "$memory/configured" | comm -12 - "$here/left" >"$here/left-configured"
  other_memories | while read -r other; do
    inherit "$other/installed" <"$here/left"
    inherit "$other/configured" <"$here/left-configured"
  done
}

# inherit LIST: adds standard input to it.
inherit() {
  cat "$1" - 2>/dev/null | sort -u >"$1.new" && settle "$1"
}

# choose_removable NAME…: sets $removable to those that we installed and nothing of others needs, each after a blank.
choose_removable() {
  removable=""
  found=$(describe_packages "$@")
  for package; do
    if ! grep -qxF "$package" "$here/installed" || ! is_installed "$package"; then continue; fi
    # shellcheck disable=SC2086
    others=$(removed_with $removable "$package")
    if [ -n "$others" ]; then
      say "$package stays installed, with its package's own configuration: removing it would also remove what others installed: $others"
    else
      removable="$removable $package"
    fi
  done
}

# What apt would take away with the packages "$@", or put in their place, and we did not install.
removed_with() {
  apt-get -s remove "$@" | sed -n 's/^\(Remv\|Inst\) \([^ ]*\) .*/\2/p' | sort -u | comm -23 - "$here/installed" | paste -s -d ' '
}

# Purges packages, but leaves the configuration and data of those that had them before us.
take_away() {
  removed="" purged=""
  for package; do
    if grep -qsxF "$package" "$memory/configured"; then removed="$removed $package"; else purged="$purged $package"; fi
  done
  for command in "remove$removed" "purge$purged"; do
    case "$command" in *' '*) ;; *) continue ;; esac
    # shellcheck disable=SC2086
    apt --yes $command || installation_failed "apt-get $command" "mend it on the host, then run pulumi destroy again"
  done
}
