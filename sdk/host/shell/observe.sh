# shellcheck shell=sh
# Looks at everything of ours on this host, and writes nothing. It comes by standard input, after describe.sh, earlier.sh and a
# list of our concepts, each with its root, `mosquitto:/etc/mosquitto`: the host itself knows what was deployed to it.
export LC_ALL=C
: "${roots:?}"
ours=/var/lib/pulumi-mosquitto-pi

# When a folder's list of names last changed, to the nanosecond: tells one wiped memory from another.
changed_at() {
  stat -c '%n %y' "$1"
}

# Contents of the open files that are live below $1, each line after its file's path. Only what is a file, in folders: a link
# put in its place may lead to anything, and a pipe has no end.
open_lines() {
  (
    cd "$1/current/" 2>/dev/null && [ -f state ] || exit 0
    open=$(names open state)
    files=$(find . -type f -printf '%P\n' | grep -xF -e "$open")
    # shellcheck disable=SC2086
    [ -z "$open" ] || [ -z "$files" ] || grep -saH -D skip '' -- $files | sed 's/^/line /'
  )
}

# observe_concept NAME ROOT
observe_concept() {
  memory=$ours/$1
  manifest=$memory/manifest
  [ -d "$memory" ] || is_ours "$2" || return 0
  echo "concept $1"
  for what in identity component begun; do
    [ ! -f "$memory/$what" ] || { read -r value <"$memory/$what" && printf '%s\n' "$what $value"; }
  done
  # A power cut may have left an empty one.
  if grep -saq -D skip '^id .' "$manifest"; then
    sed 's/^/manifest /' "$manifest"
    now=$(describe_host "$manifest")
    printf '%s\n' "$now" | downgraded "$manifest" | sed 's/^/downgraded /'
  else
    echo "forgotten $(changed_at "$memory" 2>/dev/null)"
    is_ours "$2" || return 0
    now=$(describe_host "$2/current/state")
  fi
  printf '%s\n' "$now" | sed 's/^/now /'
  open_lines "$2"
  [ ! -f "$2/current/hooks.sh" ] || timeout 20 sh "$2/current/hooks.sh" observe "$2/current" 2>/dev/null </dev/null | sed 's/^/fact /'
}

# What somebody has configured below $1, where nothing of ours is live.
observe_earlier() {
  [ -d "$1/current/" ] || [ ! -d "$1" ] || earlier_files "$1" | sed 's/^/earlier /'
}

observe() {
  echo "machine $(line_of /etc/machine-id)"
  echo "boot $(line_of /proc/sys/kernel/random/boot_id)"
  echo "suite $(release)"
  echo "time $(date +%s)"
  echo "bare $(changed_at "$ours" 2>/dev/null || changed_at "${ours%/*}")"
  # shellcheck disable=SC2016
  grep -saq -D skip '^id .' "$ours"/*/manifest || echo "installed $(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | tr '\n' ' ')"
  for concept in $roots; do observe_earlier "${concept#*:}"; done
  for concept in $roots; do observe_concept "${concept%%:*}" "${concept#*:}"; done
  echo end
}

observe
exit
