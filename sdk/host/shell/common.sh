# shellcheck shell=sh
# What the steps share: messages, the desired state, the paths; and the steps themselves. Sourced by apply.sh and remove.sh.
: "${here:?the folder of the payload}"

# Progress, one line a step. The reader may be gone (a dropped connection); the transaction goes on all the same.
say() {
  printf '%s\n' "$*" >&2 || :
}

fail() {
  say "error: $*"
  : >"$here/explained" || :
  exit 1
}

# begin STEP CONSEQUENCE: what is done from here on, and what it means when it goes wrong. `set -e` ends a script without a word.
begin() {
  step=$1
  consequence=$2
}

# discard_at_end FOLDER: however this ends.
unfinished=""
discard_at_end() {
  unfinished=$1
}

end() {
  rm -rf "$unfinished"
  [ "$1" -eq 0 ] || [ -e "$here/explained" ] ||
    say "error: $step failed, for the reason in the line above; $consequence; mend that on the host, and run it again"
}
trap 'end $?' EXIT

# wanted KIND: the rest of every line of the desired state that starts with KIND.
wanted() {
  sed -n "s/^$1 //p" "$here/state"
}

concept=$(wanted concept)
identity=$(wanted identity)
root=$(wanted root)
memory=/var/lib/pulumi-mosquitto-pi/$concept

live() {
  live_below "$root"
}

# settle FILE: what was written to FILE.new becomes FILE. A power cut leaves it whole or leaves what was there before; without
# the sync there might be an empty file.
settle() {
  sync "$1.new" && mv "$1.new" "$1"
}

# hook VERB DIR: the concept's own part, run from the generation that it is about.
hook() {
  verb=$1
  dir=$2
  shift 2
  sh "$dir/hooks.sh" "$verb" "$dir" "$@"
}

# One transaction at a time on a host, whoever runs it. The file says who that is; only root can make it.
lock_file=/run/pulumi-mosquitto-pi.lock

lock() {
  begin "taking the lock $lock_file" "nothing has changed"
  exec 9>>"$lock_file"
  tries=0
  until flock -n 9; do
    holder=$(cat "$lock_file")
    [ "$tries" -gt 0 ] || say "waiting for another deployment on this host to finish (10 minutes at most): $holder"
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] ||
      fail "another deployment has held the lock $lock_file for 10 minutes: $holder; see what it waits for (on the host: ps ax | grep mosquitto-pi), and run this one again when it has ended"
    sleep 2
  done
  echo "${0##*/} of $(wanted component), since $(date -u '+%Y-%m-%d %H:%M:%S UTC')" >"$lock_file"
}

refuse_other_owner() {
  [ -f "$memory/identity" ] || return 0
  [ "$(cat "$memory/identity")" != "$identity" ] || return 0
  fail "$concept on this host belongs to another Pulumi resource, \"$(cat "$memory/component")\"; destroy that one first (or give yours an alias if it was renamed). If it is gone for good, run on the host: sudo rm $memory/identity"
}

. "$here/describe.sh"
. "$here/room.sh"
. "$here/earlier.sh"
. "$here/packages.sh"
. "$here/generation.sh"
. "$here/units.sh"
