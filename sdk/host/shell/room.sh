# shellcheck shell=sh
# Before anything changes: whether there is room for it, and whether it can be written. Sourced by common.sh.
: "${here:?}" "${root:?}" "${memory:?}" "${wanted_upgrade?}"

# Folders to write to, and KiB that each of their file systems needs: what is staged, twice, and a margin for what the broker
# writes meanwhile. Packages come with lists that are larger than they are.
needs() {
  used=$(du -sk "$here/files")
  kib=$((${used%%[!0-9]*} * 2 + 4096))
  printf '%s\n' "$root $kib" "$root/generations $kib" "$memory $kib" "/etc/systemd/system $kib"
  [ -z "$missing$wanted_upgrade" ] || printf '%s 131072\n' /usr /var/lib/dpkg /var/lib/apt/lists /var/cache/apt/archives
}

# `path kib folder`: the folder that is there already on the way to the path.
with_nearest_folder() {
  while read -r path kib; do
    folder=$path
    until [ -d "$folder" ]; do folder=${folder%/*}; done
    echo "$path $kib $folder"
  done
}

# One df for all: each program that is started costs a Pi milliseconds. Nothing is written, which a power cut would leave there.
require_room() {
  needs | with_nearest_folder >"$here/needs"
  folders=$(sed 's/.* //' "$here/needs")
  # shellcheck disable=SC2086
  df -k --output=avail,target,source $folders | check_room 3<"$here/needs"
}

# Reads what df says of each folder, and from descriptor 3 what is needed there.
check_room() {
  read -r _
  while read -r free mount device && read -r path kib folder <&3; do
    [ "$free" -ge "$kib" ] ||
      fail "host: expected $((kib / 1024)) MiB free for $path on the file system at $mount ($device), got $((free / 1024)) MiB; make room: sudo apt-get clean; sudo journalctl --vacuum-size=20M; df -h"
    [ -w "$folder" ] ||
      fail "host: expected that $path can be written, got that it cannot, from the file system at $mount ($device); see findmnt, lsattr -d $folder and dmesg: a card that fails becomes read-only"
  done
}
