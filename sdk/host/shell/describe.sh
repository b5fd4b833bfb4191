# shellcheck shell=sh
# The host as lines, `kind value… key`: written down when a deployment is over (the manifest), and compared with ever after.
# Sourced by common.sh, and part of what observe.sh is sent with. Reads only.
: "${memory=}"

# names KIND FILE: the second word of every line of that kind, in the desired state or in a manifest.
names() {
  sed -n "s/^$1 \([^ ]*\).*/\1/p" "$2"
}

# The first line of a file, without starting a program: that takes a Pi milliseconds.
line_of() {
  read -r line <"$1" || :
  echo "$line"
}

# The Debian release: `bookworm`.
release() {
  (. /etc/os-release && echo "${VERSION_CODENAME-}")
}

# The name of the generation that is live below $1; empty when there is none.
live_below() {
  [ -d "$1/current/" ] || return 0
  link=$(readlink "$1/current") || link=""
  echo "${link#generations/}"
}

# Whether what is live below $1 is a generation.
is_ours() {
  grep -sqxF -D skip "root $1" "$1/current/state"
}

# For find: the path of a generation, as `generations/0007-0123456789ab` and `generations/0008-adopted`.
generation_path='.*/[0-9]{4,}-([0-9a-f]{12}|adopted)'

# strays FOLDER ACTION…: does what find calls an action with whatever lies among the generations in the folder and is none.
strays() {
  folder=$1
  shift
  find "$folder" -mindepth 1 -maxdepth 1 -regextype posix-extended ! \( -type d -regex "$generation_path" \) "$@"
}

# Where a symlink leads; nowhere when it is missing.
leads_to() {
  readlink "$1" || [ ! -e "$1" ] || echo 'no link'
}

# digest_beside FOLDER LINK: of the file that a link leads to, where that is not in the folder, whose files are described anyhow.
digest_beside() {
  case "$(readlink "$2")" in
    "$1"/*) ;;
    *) sha256sum <"$2" 2>/dev/null | sed 's/^\(.\{16\}\).*/ \1/' ;;
  esac
}

# Everything in a folder: mode, owner and kind of each thing, and the bytes of each file.
describe_folder() {
  folder_entries "$1" | entry_lines
}

# A name may hold anything: each entry ends with a NUL.
folder_entries() (
  cd "$1" && find . -printf 'entry %m %u:%g %y %p\0' -type f -exec sha256sum --zero {} +
)

# A line feed in a name becomes a `?`, so that it is never a line of its own.
entry_lines() {
  tr '\n\0' '?\n' | sed 's/^\([0-9a-f]*\)  /bytes \1 /' | sort
}

# The folders around the live one, and those of our memory: whoever may write to them decides what is live.
describe_way() {
  find -L "$1" "$1/generations" "${memory%/*}" "$memory" -maxdepth 0 -printf 'folder %m %u:%g %y %p\n' 2>/dev/null || :
}

# Whether unit $1 starts at boot: `enabled`, `disabled`, `masked`, `not-found`… `systemctl show` knows that from when systemd last
# read its files; this looks at them.
enablement() {
  enabled=$(systemctl is-enabled "$1" 2>/dev/null) || :
  case "$enabled" in '' | not-found) enabled=$(enablement_by_links "$1") ;; esac
  echo "$enabled"
}

# What systemd does not tell of a unit with a drop-in that leads nowhere.
enablement_by_links() {
  if is_wanted "$1"; then
    echo enabled
  elif [ -e "/usr/lib/systemd/system/$1" ]; then
    echo disabled
  else
    echo not-found
  fi
}

# Whether a link has unit $1 started at boot, were it not masked, or its package removed.
is_wanted() {
  [ -n "$(find /etc/systemd/system -path "*.wants/$1")" ]
}

# describe_units NAME…
describe_units() {
  for unit; do
    active=$(systemctl is-active "$unit") || :
    [ "$active" != reloading ] || active=active
    echo "unit $unit $active $(enablement "$unit")"
  done
}

# describe_packages NAME…
describe_packages() {
  # shellcheck disable=SC2016
  [ $# -eq 0 ] || dpkg-query --show --showformat 'package ${Package} ${db:Status-Status} ${Version}\n' "$@" 2>/dev/null || :
}

# Of the packages that are described on standard input, those that are older than the manifest $1 says.
downgraded() {
  grep -avxFf "$1" | while read -r kind package _ is; do
    [ "$kind" = package ] || continue
    was=$(sed -n "s/^package $package installed //p" "$1")
    if [ "$is" != "$was" ] && [ -n "$was" ] && dpkg --compare-versions "$is" lt "$was"; then echo "$package"; fi
  done
}

# What apt would do. As nobody, who can't write its caches.
simulate_upgrades() {
  case "$1" in
    security) way='--with-new-pkgs upgrade' ;;
    *) way=dist-upgrade ;;
  esac
  # shellcheck disable=SC2086
  timeout 30 setpriv --reuid=65534 --regid=65534 --clear-groups apt-get -s $way </dev/null
}

# upgrades_in security|full: those in a simulation on standard input, as lines `pending NAME VERSION`.
upgrades_in() {
  from=""
  [ "$1" != security ] || from='.*Debian-Security:'
  sed -n "s/^Inst \([^ ]*\) \[[^]]*\] (\([^ ]*\) $from.*/pending \1 \2/p"
}

# pending_upgrades security|full: what the lists of packages that are here have an upgrade for.
pending_upgrades() {
  simulate_upgrades "$1" 2>/dev/null | upgrades_in "$1"
}

# What was interrupted while it was unpacked or configured, as lines `unfinished NAME STATUS VERSION`: apt's simulation tells
# nothing of a package that is unpacked already.
unfinished_packages() {
  # shellcheck disable=SC2016
  dpkg-query --show --showformat '${db:Status-Abbrev}unfinished ${Package} ${db:Status-Status} ${Version}\n' |
    sed -n 's/^.[HUFWt]. *unfinished/unfinished/p'
}

# describe_host LIST: LIST is the desired state or a manifest, and says what to look at.
describe_host() {
  root="" links="" units="" packages="" upgrade=""
  while read -r kind name; do
    case "$kind" in
      root) root=$name ;;
      link) links="$links $name" ;;
      unit) units="$units $name" ;;
      package) packages="$packages $name" ;;
      upgrade) upgrade=$name ;;
    esac
  done <<END
$(sed -n 's/^\(root\|link\|unit\|package\|upgrade\) \([^ ]*\).*/\1 \2/p' "$1")
END
  echo "root $root"
  echo "machine $(line_of /etc/machine-id)"
  echo "generation $(live_below "$root")"
  describe_way "$root"
  {
    [ ! -d "$root/current/" ] || folder_entries "$root/current/"
    [ ! -d "$root/generations" ] || strays "$root/generations" -printf 'stray %p\0'
  } | entry_lines
  for path in $links; do echo "link $path $(leads_to "$path")$(digest_beside "$root/current" "$path")"; done
  # shellcheck disable=SC2086
  describe_units $units
  # shellcheck disable=SC2086
  describe_packages $packages
  [ -z "$upgrade" ] || { echo "upgrade $upgrade" && pending_upgrades "$upgrade" && unfinished_packages; }
  describe_settings
}

# What the concept has set outside of files, in its own words: `setting NAME VALUE`.
describe_settings() {
  [ ! -f "$root/current/hooks.sh" ] || timeout 20 sh "$root/current/hooks.sh" describe "$root/current" 2>/dev/null </dev/null || :
}
