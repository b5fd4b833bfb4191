# shellcheck shell=sh
# Looks at everything of ours on this host, and writes nothing. It comes by standard input, after describe.sh, and needs no
# arguments: the host itself knows what was deployed to it.
export LC_ALL=C
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

observe_concept() {
  echo "concept ${1##*/}"
  manifest=$1/manifest
  for what in identity component begun; do
    [ ! -f "$1/$what" ] || { read -r value <"$1/$what" && printf '%s\n' "$what $value"; }
  done
  # A power cut may have left an empty one.
  if ! grep -saq -D skip '^id .' "$manifest"; then
    echo "forgotten $(changed_at "$1")"
    return
  fi
  sed 's/^/manifest /' "$manifest"
  now=$(describe_host "$manifest")
  printf '%s\n' "$now" | sed 's/^/now /'
  printf '%s\n' "$now" | downgraded "$manifest" | sed 's/^/downgraded /'
  root=$(names root "$manifest")
  open_lines "$root"
  [ ! -f "$root/current/hooks.sh" ] || timeout 20 sh "$root/current/hooks.sh" observe "$root/current" 2>/dev/null </dev/null | sed 's/^/fact /'
}

observe() {
  echo "machine $(cat /etc/machine-id)"
  echo "boot $(cat /proc/sys/kernel/random/boot_id)"
  echo "suite $(release)"
  echo "time $(date +%s)"
  echo "bare $(changed_at "$ours" 2>/dev/null || changed_at "${ours%/*}")"
  # shellcheck disable=SC2016
  grep -saq -D skip '^id .' "$ours"/*/manifest || echo "installed $(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | tr '\n' ' ')"
  for memory in "$ours"/*/; do
    [ ! -d "$memory" ] || observe_concept "${memory%/}"
  done
  echo end
}

observe
exit
