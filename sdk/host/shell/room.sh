# shellcheck shell=sh
# Before anything changes: whether there is room for it, and whether it can be written. Sourced by common.sh.
: "${here:?}" "${root:?}" "${memory:?}"

# Folders to write to, and KiB that each of their file systems needs: what is staged, twice, and a margin for what the broker
# writes meanwhile. Packages come with lists that are larger than they are.
needs() {
  kib=$(($(du -sk "$here/files" | cut -f 1) * 2 + 4096))
  printf '%s\n' "$root $kib" "$root/generations $kib" "$memory $kib" "/etc/systemd/system $kib"
  [ -z "$(missing_packages)" ] || printf '%s 131072\n' /usr /var/lib/dpkg /var/lib/apt/lists /var/cache/apt/archives
}

# `path kib folder`: the folder that is there already on the way to the path.
with_nearest_folder() {
  while read -r path kib; do
    folder=$path
    until [ -d "$folder" ]; do folder=${folder%/*}; done
    echo "$path $kib $folder"
  done
}

# One df and one rm for all: each program that is started costs a Pi milliseconds.
require_room() {
  needs | with_nearest_folder >"$here/needs"
  result=0
  # shellcheck disable=SC2046
  df -k --output=avail,target,source $(cut -d ' ' -f 3 "$here/needs") | tail -n +2 | paste -d ' ' "$here/needs" - |
    while read -r path kib folder free mount device; do
      [ "$free" -ge "$kib" ] ||
        fail "host: expected $((kib / 1024)) MiB free for $path on the file system at $mount ($device), got $((free / 1024)) MiB; make room: sudo apt-get clean; sudo journalctl --vacuum-size=20M; df -h"
      # shellcheck disable=SC2188
      complaint=$( (>"$folder/.pulumi-mosquitto-pi") 2>&1) ||
        fail "host: expected that $path can be written, got \"${complaint##*: }\" from the file system at $mount ($device, $((free / 1024)) MiB free); see findmnt, df -i and dmesg: a card that fails becomes read-only"
    done || result=$?
  # shellcheck disable=SC2046
  rm -f $(sed 's,.* \(.*\),\1/.pulumi-mosquitto-pi,' "$here/needs")
  return "$result"
}
