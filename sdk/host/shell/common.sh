# shellcheck shell=sh
# What the steps share: messages, the desired state, the paths; and the steps themselves. Sourced by apply.sh and remove.sh.
: "${here:?the folder of the payload}"

# Progress, one line a step. The reader may be gone (a dropped connection); the transaction goes on all the same.
say() {
  printf '%s\n' "$*" >&2 || :
}

fail() {
  say "error: $*"
  exit 1
}

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

# One transaction at a time on a host, whoever runs it.
lock() {
  exec 9>/run/lock/pulumi-mosquitto-pi.lock
  flock -n 9 && return
  say "waiting for another deployment on this host to finish (10 minutes at most)"
  flock -w 600 9 || fail "another deployment has held the lock /run/lock/pulumi-mosquitto-pi.lock for 10 minutes; see \`ps\` on the host, and try again"
}

refuse_other_owner() {
  [ -f "$memory/identity" ] || return 0
  [ "$(cat "$memory/identity")" != "$identity" ] || return 0
  fail "$concept on this host belongs to another Pulumi resource, \"$(cat "$memory/component")\"; destroy that one first (or give yours an alias if it was renamed). If it is gone for good, run on the host: sudo rm $memory/identity"
}

. "$here/describe.sh"
. "$here/packages.sh"
. "$here/generation.sh"
. "$here/units.sh"
