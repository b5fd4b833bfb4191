# shellcheck shell=sh
# What every hook says, and how it waits. Sourced by hooks.sh.

say() {
  printf '%s\n' "$*" >&2 || :
}

fail() {
  say "error: $*"
  exit 1
}

# For what is not the end yet.
complain() {
  say "error: $*"
  return 1
}

# eventually SECONDS COMMAND…: tries it at least once.
eventually() {
  tries=$(($1 * 5))
  shift
  until "$@"; do
    [ "$tries" -gt 0 ] || return 1
    tries=$((tries - 1))
    sleep 0.2
  done
}
