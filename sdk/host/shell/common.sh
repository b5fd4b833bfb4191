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

# The desired state, up to its list of files. Names of packages and units are in one line each.
wanted_packages="" wanted_units="" wanted_suite="" wanted_upgrade=""
# shellcheck disable=SC2034
while read -r kind words; do
  case "$kind" in
    concept) concept=$words ;;
    component) component=$words ;;
    identity) identity=$words ;;
    root) root=$words ;;
    suite) wanted_suite=$words ;;
    digest) digest=$words ;;
    package) wanted_packages="$wanted_packages $words" ;;
    upgrade) wanted_upgrade=$words ;;
    unit) wanted_units="$wanted_units $words" ;;
    file) break ;;
  esac
done <"$here/state"
memory=/var/lib/pulumi-mosquitto-pi/$concept

live() {
  live_below "$root"
}

# settle FILE: what was written to FILE.new becomes FILE. A power cut leaves it whole or leaves what was there before; without
# the sync there might be an empty file.
settle() {
  sync "$1.new" && mv "$1.new" "$1"
}

# remembers NAME LINE: whether that is what the file NAME of the memory says.
remembers() {
  [ -f "$memory/$1" ] && read -r line <"$memory/$1" && [ "$line" = "$2" ]
}

# That this component has the host's concept.
claim() {
  write_down component "$component"
  write_down identity "$identity"
}

write_down() {
  if ! remembers "$1" "$2"; then
    printf '%s\n' "$2" >"$memory/$1.new"
    settle "$memory/$1"
  fi
}

# hook VERB DIR: the concept's own part, run from the generation that it is about.
hook() {
  verb=$1
  dir=$2
  shift 2
  sh "$dir/hooks.sh" "$verb" "$dir" "$@"
}

# report GENERATION ACTIVATION: what the program is told.
report() {
  echo "suite $(release)"
  echo "generation $1"
  echo "activation $2"
  facts=$(hook report "$generations/$1")
  printf '%s\n' "$facts" | sed 's/^./fact &/'
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
  wait_for_earlier_packages
  echo "${0##*/} of $component, since $(date -u '+%Y-%m-%d %H:%M:%S UTC')" >"$lock_file"
}

refuse_other_owner() {
  if [ ! -s "$memory/identity" ] || remembers identity "$identity"; then return; fi
  fail "$concept on this host belongs to another Pulumi resource, \"$(cat "$memory/component")\"; destroy that one first (or give yours an alias if it was renamed). If it is gone for good, run on the host: sudo rm $memory/identity"
}

. "$here/describe.sh"
. "$here/room.sh"
. "$here/earlier.sh"
. "$here/packages.sh"
. "$here/upgrades.sh"
. "$here/generation.sh"
. "$here/units.sh"
