# shellcheck shell=sh
# The host as lines, `kind value… key`: written down when a deployment is over (the manifest), and compared with ever after.
# Sourced by common.sh, and part of what observe.sh is sent with. Reads only.

# names KIND FILE: the second word of every line of that kind, in the desired state or in a manifest.
names() {
  sed -n "s/^$1 \([^ ]*\).*/\1/p" "$2"
}

# The name of the generation that is live below $1; empty when there is none.
live_below() {
  [ ! -d "$1/current/" ] || readlink "$1/current" | sed 's,^generations/,,'
}

# Where a symlink leads; nowhere when it is missing.
leads_to() {
  readlink "$1" || [ ! -e "$1" ] || echo 'no link'
}

# Everything in a folder: mode, owner and kind of each thing, and the bytes of each file. A name may hold anything: a line feed
# in it becomes a `?`, so that it is never a line of its own.
describe_folder() {
  (
    cd "$1" &&
      find . -printf 'entry %m %u:%g %y %p\0' | tr '\n\0' '?\n' | sort -k 5 &&
      find . -type f -exec sha256sum --zero {} + | tr '\n\0' '?\n' | sed 's/  / /; s/^/bytes /' | sort -k 3
  )
}

describe_units() {
  units=$(names unit "$1")
  # shellcheck disable=SC2086
  [ -z "$units" ] || systemctl show --property Id,ActiveState,LoadState,UnitFileState $units | sed 's/^ActiveState=reloading$/ActiveState=active/' |
    awk -F= '
      { value[$1] = $2 }
      function unit() { print "unit " value["Id"], value["ActiveState"], (value["UnitFileState"] == "" ? value["LoadState"] : value["UnitFileState"]); delete value }
      $0 == "" { unit() }
      END { unit() }
    '
}

describe_packages() {
  packages=$(names package "$1")
  # shellcheck disable=SC2016,SC2086
  [ -z "$packages" ] || dpkg-query --show --showformat 'package ${Package} ${db:Status-Status} ${Version}\n' $packages 2>/dev/null || :
}

# Packages that are installed, and older than the manifest $1 says.
downgraded() {
  describe_packages "$1" | while read -r _ package _ is; do
    was=$(sed -n "s/^package $package installed //p" "$1")
    if [ "$is" != "$was" ] && [ -n "$was" ] && dpkg --compare-versions "$is" lt "$was"; then echo "$package"; fi
  done
}

# describe_host LIST: LIST is the desired state or a manifest, and says what to look at.
describe_host() {
  root=$(names root "$1")
  echo "root $root"
  echo "machine $(cat /etc/machine-id)"
  echo "generation $(live_below "$root")"
  [ ! -d "$root/current/" ] || describe_folder "$root/current/"
  [ ! -d "$root/generations" ] || find "$root/generations" -mindepth 1 -maxdepth 1 ! -name '[0-9]*-*' -printf 'stray %p\0' | tr '\n\0' '?\n' | sort
  names link "$1" | while read -r path; do echo "link $path $(leads_to "$path")"; done
  describe_units "$1"
  describe_packages "$1"
}
