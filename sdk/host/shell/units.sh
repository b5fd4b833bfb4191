# shellcheck shell=sh
# systemd units: how they were before us, started, and given back. Sourced by common.sh.
: "${here:?}" "${root:?}" "${memory:?}" "${wanted_units?}"

# How each unit was before we first wanted it, kept for rollback and destroy: `unit active enabled [wanted]`. That it is wanted at
# boot does not show while it is masked, or its package removed.
remember_units() {
  [ -f "$memory/units" ] || : >"$memory/units"
  fresh=""
  for unit in $wanted_units; do
    grep -q "^$unit " "$memory/units" || fresh="$fresh $unit"
  done
  [ -n "$fresh" ] || return 0
  # shellcheck disable=SC2086
  describe_units $fresh | while read -r _ unit how; do
    if is_wanted "$unit"; then how="$how wanted"; fi
    echo "$unit $how"
  done | cat "$memory/units" - >"$memory/units.new"
  settle "$memory/units"
}

# Unmasks and enables what must start at boot, and has systemd read its files again: only where need be, for each takes a Pi
# most of a second. Starting, with the least disruption, is the concept's `activate`.
start_units() {
  for unit in $wanted_units; do
    enabled "$unit" && continue
    systemctl --quiet --no-reload unmask "$unit" &&
      systemctl --quiet --no-reload --runtime unmask "$unit" ||
      return 1
    enabled "$unit" || systemctl --quiet --no-reload enable "$unit" 2>"$here/enable.log" || {
      say "$unit cannot be enabled: $(cat "$here/enable.log")"
      return 1
    }
    reread=yes
  done
  if [ "${reread:-no}" = yes ] || is_outdated; then systemctl daemon-reload; fi
}

# Whether systemd knows less than is on disk. It does not notice a file in a folder that it did not have when it last looked:
# after a power cut, or a deployment that was killed.
is_outdated() {
  # shellcheck disable=SC2086
  known=$(systemctl show --property NeedDaemonReload,DropInPaths $wanted_units)
  case "$known" in *NeedDaemonReload=yes*) return 0 ;; esac
  for path in $(names link "$here/state" | grep '\.service\.d/'); do
    case "$known" in *"$path"*) ;; *) return 0 ;; esac
  done
  return 1
}

enabled() {
  [ "$(enablement "$1")" = enabled ]
}

# drop_ins DIR: those files of a generation that are linked to as drop-ins.
drop_ins() {
  links "$1" | sed -n "s,^[^ ]*\.d/[^ ]* $root/current/,,p"
}

# What units link to beside their files in the live generation, here $1: where those are gone, or the links to them, units do
# not start on what their packages brought.
fail_closed() {
  links "$1" | grep -q " $memory/fail-closed.conf$" || return 0
  {
    echo '[Unit]'
    drop_ins "$1" | sed "s,^,AssertPathExists=$root/current/,"
    echo '[Service]'
    (cd "$1" && drop_ins . | xargs cat | sed -n '/^Exec\(Start\|Reload\)=/p')
  } >"$memory/fail-closed.conf.new"
  if cmp -s "$memory/fail-closed.conf" "$memory/fail-closed.conf.new"; then
    rm "$memory/fail-closed.conf.new"
  else
    reread=yes
    settle "$memory/fail-closed.conf"
  fi
  chmod 0644 "$memory/fail-closed.conf"
}

# Takes our links and the live symlink away, and lets others at the folder again.
withdraw() {
  [ ! -f "$memory/links" ] || remove_links <"$memory/links"
  rm -rf "${root:?}/current"
  give_back_way
  systemctl daemon-reload
}

# Gives the units back that are no longer wanted.
forget_units() {
  unwanted=$(
    while read -r unit how; do
      case " $wanted_units " in *" $unit "*) ;; *) echo "$unit $how" ;; esac
    done <"$memory/units"
  )
  [ -n "$unwanted" ] || return 0
  printf '%s\n' "$unwanted" | give_back_units
  printf '%s\n' "$unwanted" | grep -vxFf - "$memory/units" >"$memory/units.new" || :
  settle "$memory/units"
}

# Gives all units back.
restore_units() {
  give_back_units <"$memory/units"
}

# Reads how units were, and has them so.
give_back_units() {
  while read -r unit active enabled; do
    systemctl --quiet --no-reload unmask "$unit" 2>/dev/null
    systemctl --quiet --runtime unmask "$unit" 2>/dev/null
    systemctl cat "$unit" >/dev/null 2>&1 || {
      # Its file was ours; it may run on without it.
      systemctl --quiet stop "$unit" 2>/dev/null || :
      systemctl reset-failed "$unit" 2>/dev/null || :
      continue
    }
    systemctl reset-failed "$unit" 2>/dev/null || :
    case "$enabled" in enabled | *' wanted') ;; *) systemctl --quiet disable "$unit" 2>/dev/null ;; esac
    if [ "$active" = active ]; then systemctl restart "$unit"; else systemctl stop "$unit"; fi
    case "$enabled" in
      masked-runtime*) systemctl --quiet --runtime mask "$unit" 2>/dev/null ;;
      masked*) systemctl --quiet mask "$unit" 2>/dev/null ;;
    esac
  done
}

show_journal() {
  for unit in $wanted_units; do
    say "last lines of the journal of $unit:"
    journalctl --unit "$unit" --lines 12 --no-pager --output cat >&2 || :
  done
}
