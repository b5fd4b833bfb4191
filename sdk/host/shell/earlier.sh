# shellcheck shell=sh
# What somebody had configured on this host before us. Sourced by common.sh, and part of what observe.sh is sent with.

# earlier_files ROOT: the files of a concept's folder that are neither ours nor as a package brought them.
earlier_files() {
  [ -d "$1" ] || return 0
  # shellcheck disable=SC2016
  brought=$(dpkg-query --show --showformat '${Conffiles}\n')
  find "$1" -path "$1/generations" -prune -o -xtype f -print | sort | while read -r file; do
    printf '%s\n' "$brought" | grep -qF " $file $(md5sum <"$file" | cut -d ' ' -f 1)" || echo "$file"
  done
}

# It stays where it is, but the service no longer reads it.
say_what_is_set_aside() {
  files=$(earlier_files "${root:?}" | tr '\n' ' ')
  [ -z "$files" ] || say "setting aside what is configured here already (pulumi destroy gives it back): ${files% }"
}
