#!/bin/sh
# The transaction: install, stage, validate, commit, activate, verify; on failure back to what was; then prune and remember.
set -eu
export LC_ALL=C
here=${0%/*}
. "$here/common.sh"
# For hooks: where this comes from. sudo has taken it away.
export SSH_CONNECTION="${1-}"

refuse_other_system() {
  suite=$(release)
  case "$suite" in
    bookworm | trixie) ;;
    *) fail "host: expected Raspberry Pi OS bookworm or trixie, got \"$suite\"; flash one of these" ;;
  esac
  [ "${wanted_suite:-$suite}" = "$suite" ] ||
    fail "suite: expected \"$wanted_suite\" on this host, got \"$suite\"; set suite: \"$suite\" on its RaspberryPi, or check that this is the right host"
}

# Makes generation $1 the one that the next start of its units takes. Here and below one chain of &&: `set -e` does not hold
# in a function whose failure is handled.
switch_to() {
  if relinked "$1"; then reread=yes; fi
  make_live "$1" && prepare "$1"
}

# All of generation $1 that is outside its folder.
prepare() {
  secure_way && fail_closed "$generations/$1" && update_links "$generations/$1" && start_units
}

# Has generation $1 run, after the one before, $2, if any; and checked from outside.
run() {
  activation=$(hook activate "$generations/$1" ${2:+"$generations/$2" "$memory/spare/$2"}) && hook verify "$generations/$1"
}

go_live() {
  switch_to "$new" && run "$new" "$old"
}

# The files are right already: only what is around them may have gone wrong.
put_right() {
  begin "putting right what is around the configuration" "the configuration itself is as it should be"
  hook recheck "$staged" ||
    fail "the configuration on this host is as it should be, but what is around it was refused before anything changed"
  rm -rf "$staged"
  claim
  if prepare "$old" && run "$old" "$old"; then return; fi
  show_journal
  hook log "$generations/$old" || :
  fail "the configuration on this host is as it should be, but it does not work (see the lines above)"
}

replace() {
  say "validating the new configuration"
  hook validate "$staged" ||
    fail "the new configuration was refused before anything live changed${old:+; the previous one goes on}"
  say "committing"
  begin "committing" "nothing live has changed"
  new=$(next_number)-$digest
  mv "$staged" "$generations/$new"
  claim
  begin "restoring what was before" "look at the service on the host (systemctl status)"
  go_live || roll_back
}

# Back to the configuration before; to what the host had before us when there was none.
roll_back() {
  say "failed: restoring the previous configuration"
  show_journal
  hook log "$generations/$new" || :
  if [ "$(live)" = "$old" ] && [ -n "$old" ]; then
    rm -rf "${generations:?}/$new"
    fail "the new configuration could not be made live (see the lines above); the previous one goes on: $old"
  elif choose_previous; then
    if ! { switch_to "$old" && run "$old" "$old"; }; then
      fail "the new configuration failed, and the previous one, though restored, does not answer: $old; see the lines above"
    fi
  else
    withdraw
    restore_units
    # What is there when somebody comes again may be another thing.
    rm -f "$memory/identity" "$memory/component" "$memory/root"
    [ -s "$memory/installed" ] || rm -f "$memory/units"
  fi
  rm -rf "${generations:?}/$new"
  fail "the new configuration failed (see the lines above); previous configuration restored${old:+: $old}"
}

# The manifest. Its id is what the program gave: as long as both agree, and the host with the manifest, there is nothing to do.
remember() {
  keep_spare "$deployed"
  {
    echo "id $(cat "$here/id")"
    describe_host "$here/state"
  } >"$memory/manifest.new"
  settle "$memory/manifest"
  rm -f "$memory/begun"
  # What is reported has to last: links, units and all.
  sync -f "$root" "$memory"
}

lock
begin "looking at the host" "nothing has changed"
refuse_other_system
refuse_other_owner
refuse_other_things
look_for_packages
require_room
install -d -m 00755 -o root -g root /var/lib/pulumi-mosquitto-pi "$memory"
remember_units
begin "looking at what this needs of the host" "nothing of ours has changed"
hook require "$here/files"
begin "installing packages" "nothing live has changed"
install_packages
begin "upgrading packages" "nothing of ours has changed"
upgrade_packages

begin "staging the new configuration" "nothing live has changed"
make_way
adopt_folder
old=$(live)
[ -n "$old" ] || say_what_is_set_aside
stage
if [ "${old#*-}" = "$digest" ] && same "$staged" "$generations/$old"; then
  put_right
else
  replace
fi
begin "taking away what is no longer wanted" "the new configuration is live and works"
forget_units
# shellcheck disable=SC2046
remove_packages $(unwanted_packages)
begin "writing down what is deployed" "the new configuration is live and works"
deployed=$(live)
prune "$deployed"
remember

report "$deployed" "$activation"
begin "finishing" "what is wanted is deployed"
hook finish "$generations/$deployed"
