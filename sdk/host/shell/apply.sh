#!/bin/sh
# The transaction: install, stage, validate, commit, activate, verify; on failure back to what was; then prune and remember.
set -eu
export LC_ALL=C
here=${0%/*}
. "$here/common.sh"

refuse_other_system() {
  suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  case "$suite" in
    bookworm | trixie) ;;
    *) fail "host: expected Raspberry Pi OS bookworm or trixie, got \"$suite\"; flash one of these" ;;
  esac
  expected=$(wanted suite)
  [ "${expected:-$suite}" = "$suite" ] ||
    fail "suite: expected \"$expected\" on this host, got \"$suite\"; set suite: \"$suite\" on its RaspberryPi, or check that this is the right host"
}

claim() {
  wanted component >"$memory/component"
  printf '%s\n' "$identity" >"$memory/identity"
}

# One chain of &&: `set -e` does not hold in a function whose failure is handled.
go_live() {
  mv "$staged" "$generations/$new" &&
    make_live "$new" &&
    remove_stale_links "$generations/$new" &&
    place_links "$generations/$new" &&
    start_units &&
    activation=$(hook activate "$generations/$new" ${old:+"$generations/$old"}) &&
    hook verify "$generations/$new"
}

# Back to the generation before; to what the host had before us when there was none.
roll_back() {
  say "failed: restoring the previous configuration"
  show_journal
  hook log "$generations/$new" || :
  if [ -n "$old" ]; then
    make_live "$old"
    remove_stale_links "$generations/$old"
    place_links "$generations/$old"
    start_units
    if ! { hook restart "$generations/$old" >/dev/null && hook verify "$generations/$old"; }; then
      fail "the new configuration failed, and the previous one, though restored, does not answer; see the lines above"
    fi
  else
    withdraw
    restore_units
    rm -f "$memory/identity" "$memory/component"
  fi
  rm -rf "${generations:?}/$new"
  fail "the new configuration failed (see the lines above); previous configuration restored"
}

remember() {
  {
    echo "generation $(live)"
    describe "$root/current/"
  } >"$memory/manifest.new"
  mv "$memory/manifest.new" "$memory/manifest"
}

lock
refuse_other_system
refuse_other_owner
install -d -m 0755 /var/lib/pulumi-mosquitto-pi "$memory"
remember_units
install_packages

stage
old=$(live)
if [ -n "$old" ] && same "$staged" "$generations/$old" && units_run && hook verify "$generations/$old" 2>/dev/null; then
  activation=nothing
  rm -rf "$staged"
else
  say "validating the new configuration"
  if ! hook validate "$staged"; then
    rm -rf "$staged"
    fail "the new configuration was refused before anything live changed${old:+; the previous one goes on}"
  fi
  say "committing"
  claim
  new=$(next_name)
  go_live || roll_back
fi
prune
remember

echo "suite $suite"
echo "generation $(live)"
echo "activation $activation"
hook report "$generations/$(live)" | sed 's/^/fact /'
