# shellcheck shell=bash
# To be sourced. need_own_folder FOLDER…: ends the script when one of them, or what it would be made in, is someone else's.

need_own_folder() {
  local folder
  for folder in "$@"; do
    while [ ! -e "$folder" ]; do folder=$(dirname "$folder"); done
    [ ! -w "$folder" ] || continue
    cat >&2 <<TEXT
$folder belongs to $(stat -c %U "$folder") and $(id -un) may not write there. Nothing was done.
Run this as $(stat -c %U "$folder"), or in a clone of your own, or set MOSQUITTO_PI_CACHE to a folder of yours.
TEXT
    exit 1
  done
}
