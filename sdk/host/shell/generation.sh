# shellcheck shell=sh
# Steps 2, 4 and 8: generations are whole folders; which one is live is decided by one symlink. Sourced by common.sh.
: "${here:?}" "${root:?}" "${memory:?}" "${generation_path:?}"

generations=$root/generations
staged=$generations/.staged

# From the commit on, the outer folder is root's, too, and the broker gets through it. It may have been somebody's before us: it
# gets the mode back that it was deployed with, and the one it had before at the end. Five digits also clear the set-id bits.
secure_way() {
  [ -f "$memory/root" ] || { stat -L -c '%a %u:%g' "$root" >"$memory/root.new" && settle "$memory/root"; } || return 1
  was=$(deployed_way)
  was=${was:-go-w root}
  chown "${was#* }" "$root" &&
    chmod "${was% *}" "$root"
}

# `MODE OWNER:GROUP` of the outer folder, when it was deployed.
deployed_way() {
  sed -n "s,^folder \([0-7]*\) \([^ ]*\) . $root\$,00\1 \2,p" "$memory/manifest" 2>/dev/null || :
}

give_back_way() {
  if [ ! -f "$memory/root" ] || [ ! -d "$root" ]; then return; fi
  read -r mode owner <"$memory/root"
  chown "$owner" "$root"
  chmod "00$mode" "$root"
}

# Where we are new, our names in the folder may not be somebody's.
refuse_other_things() {
  if [ -s "$memory/identity" ] || is_ours "$root"; then return; fi
  other=""
  if [ -e "$root/current" ] || [ -L "$root/current" ]; then other=$root/current; fi
  [ ! -d "$generations" ] || other="$other$(strays "$generations" ! -name .staged -printf ' %p')"
  [ -z "$other" ] ||
    fail "host: expected that nothing of somebody's has a name that we use, got ${other# }; move it to another place, then run pulumi up again"
}

# Step 2, stage: every file with its final owner and mode, beside the live generation.
stage() {
  discard_at_end "$staged"
  rm -rf "$staged"
  install -d -m 0755 "$staged"
  # The mask is for the folders on the way; the archive has the rest. Files belong to their owners before others may read them.
  complaints=$(umask 022 && tar -xzf "$here/archive" --touch --strip-components=1 -C "$staged" files 2>&1) || {
    printf '%s\n' "$complaints" | sed -n 1p >&2
    return 1
  }
  install -m 0644 "$here/state" "$staged/state"
  require_way
}

# The folders that a generation is in.
make_way() {
  make_folder "$root"
  install -d -m 00755 -o root -g root "$generations"
}

# Somebody's folder keeps its mode. What is made here is written down, to be taken away.
make_folder() {
  [ -d "$1" ] || { echo "$1" >>"$memory/folders" && sync "$memory/folders" && install -d -m 0755 "$1"; }
}

# The owners of files have to get at them, through a folder that may be somebody's and will be root's.
require_way() {
  was=$(deployed_way)
  was=${was:-$(stat -L -c '%a %U:%G' "$root")}
  find "$staged" -type f ! -user root -printf '%u\n' | sort -u | while read -r user; do
    case "${was% *}" in
      *[1357]) continue ;;
      *[1357]?) case " $(id -Gn "$user") " in *" ${was#*:} "*) continue ;; esac ;;
    esac
    fail "$root: expected that the user $user can enter it once it is root's, got $(stat -L -c 'mode %a, owner %U:%G' "$root"); let it in (on the host: sudo chmod o+x $root), then run pulumi up again"
  done
}

same() {
  [ "$(describe_folder "$1")" = "$(describe_folder "$2")" ]
}

# The oldest first.
generation_names() {
  find "$generations" -mindepth 1 -maxdepth 1 -regextype posix-extended -type d -regex "$generation_path" -printf '%f\n' |
    sort -n
}

next_number() {
  last=$(generation_names | tail -n 1 | sed 's/-.*//; s/^0*//')
  printf '%04d\n' "$((${last:-0} + 1))"
}

# Somebody has put a folder in the place of the symlink, such as a copy of what it led to: it becomes a generation of its own,
# and is kept as long as others.
adopt_folder() {
  if [ ! -d "$root/current" ] || [ -L "$root/current" ]; then return; fi
  adopted=$(next_number)-adopted
  say "$root/current is a folder, where a symlink was deployed: it is kept as $generations/$adopted"
  mv -T "$root/current" "$generations/$adopted"
  ln -s "generations/$adopted" "$root/current"
}

# A copy of generation $1, just deployed, where nobody edits it.
keep_spare() {
  rm -rf "$memory/spare"
  install -d -m 0700 "$memory/spare"
  cp -a "$generations/$1" "$memory/spare/"
}

is_as_deployed() {
  [ "$(describe_folder "$1" 2>/dev/null)" = "$(grep -aE '^(entry|bytes) ' "$memory/manifest")" ]
}

# Sets $old to the generation to go back to: what was deployed last, with the files that it had then, whatever somebody has
# done to them while the broker ran on; what was live when that is not known. Fails when there is none.
choose_previous() {
  last=$(names generation "$memory/manifest" 2>/dev/null)
  if [ -n "$last" ] && is_as_deployed "$generations/$last"; then
    old=$last
  elif [ -n "$last" ] && is_as_deployed "$memory/spare/$last" && take_spare "$last"; then
    say "the files of $last had been changed on this host: they are back as they were deployed"
    old=$last
  fi
  [ -n "$old" ]
}

take_spare() {
  cp -a "$memory/spare/$1" "$staged" && rm -rf "${generations:?}/$1" && mv "$staged" "$generations/$1"
}

# Step 4, commit: rename(2) of a symlink. Synced before and after: a power cut leaves the old or the new, never a mix.
make_live() {
  [ "$(live)" != "$1" ] || return 0
  sync -f "$root" &&
    ln -sfn "generations/$1" "$root/.current" &&
    mv -T "$root/.current" "$root/current" &&
    sync -f "$root" && return
  rm -f "$root/.current"
  return 1
}

# links DIR: the symlinks elsewhere that a generation wants, as `path target` lines; most lead to files of the live one.
links() {
  sed -n 's/^link //p' "$1/state"
}

# linked DIR: those of its files that are linked to.
linked() {
  links "$1" | sed -n "s,^[^ ]* $root/current/,,p"
}

# Whether systemd has to read again what generation $1 links to. A file of the same bytes keeps its date: systemd would take it
# for changed.
relinked() {
  changed=$(
    linked "$generations/$1" | while read -r file; do
      if cmp -s "$root/current/$file" "$generations/$1/$file"; then
        touch -r "$root/current/$file" "$generations/$1/$file"
      else
        echo "$file"
      fi
    done
  )
  [ -n "$changed" ]
}

# The links are those of generation $1, and nothing is left of others.
update_links() {
  [ "$(links "$1")" = "$(cat "$memory/links" 2>/dev/null)" ] || {
    remove_stale_links "$1" && remember_links "$1"
  } && place_links "$1"
}

# Every link is written down before it is made: to be taken away even when its generation is gone.
remember_links() {
  links "$1" >"$memory/links.new" && settle "$memory/links"
}

place_links() {
  links "$1" | while read -r path target; do
    [ "$(readlink "$path")" != "$target" ] || continue
    make_folder "$(dirname "$path")" &&
      ln -sfn "$target" "$path.new" &&
      mv -T "$path.new" "$path" ||
      return 1
  done
}

# Takes away the links that come on standard input.
remove_links() {
  while read -r path _; do
    rm -f "$path"
    folder=$(dirname "$path")
    if [ -d "$folder" ] && grep -qsxF "$folder" "$memory/folders"; then rmdir --ignore-fail-on-non-empty "$folder"; fi
  done
}

# Takes away the links that generation $1 does not want.
remove_stale_links() {
  [ ! -f "$memory/links" ] || while read -r link; do
    links "$1" | grep -qxF "$link" || echo "$link"
  done <"$memory/links" | remove_links
}

# Step 8, prune: the live generation, $1, and the two before it stay, and nothing that is not ours.
prune() {
  strays "$generations" ! -name "$1" -exec rm -rf {} +
  generation_names | head -n -3 | while read -r name; do
    [ "$name" = "$1" ] || rm -rf "${generations:?}/$name"
  done
}
