#!/usr/bin/env bash
# `npm run demo`: the real engine turns a bare Pi into the broker of examples/home, then independent clients try it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
# shellcheck source=test/support/ownFolder.sh
. test/support/ownFolder.sh
# shellcheck source=test/support/demo/arguments.sh
. test/support/demo/arguments.sh
# shellcheck source=test/support/demo/pi.sh
. test/support/demo/pi.sh

say() { printf 'demo: %s\n' "$*"; }

die() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

step() {
  steps=$((steps + 1))
  printf '\n=== %s. %s (%s s)\n' "$steps" "$1" "$SECONDS"
}

one_at_a_time() {
  (umask 077 && mkdir -p "$DEMO")
  exec 9>"$DEMO/lock"
  flock -n 9 || die "another demo is running in this clone"
}

set_up() {
  step "npm packages and the SDK"
  if [ -f /etc/debian_version ]; then test/support/bootstrap.sh openssl; else test/support/bootstrap.sh; fi
  step "Pulumi"
  test/engine/setup.sh
}

bring_up() {
  if on_lab; then
    step "A Pi with $stack, bare"
    lab_pi
  fi
  step "pulumi up of examples/home on $user@$address"
  prepare_workspace
  configure
  with_program up --yes
}

try_it() {
  step "Proof: what independent clients tried -> what came back"
  prove || failed=yes
}

explain() {
  local look=''
  if on_lab; then look="  look inside the Pi:      LAB=demo test/lab/lab ssh $(lab_host)"$'\n'; fi
  cat <<TEXT

$look  look at the stack:       source test/support/demo/env.sh && pulumi -C "\$DEMO/workspace" stack -s $stack
  a password:              … pulumi -C "\$DEMO/workspace" stack output passwords --show-secrets -s $stack
  the proof once more:     npm run demo -- --proof $(on_lab && echo "--suite $stack" || echo "--host $address")
  take it all away:        npm run demo -- --down
TEXT
}

take_down() {
  [ -d "$workspace" ] || {
    say "nothing is there to clean up"
    return
  }
  test/engine/setup.sh
  for stack in $(stacks); do
    step "pulumi destroy of $stack"
    remove_stack
  done
  if [ -d "$DEMO/../lab/run/demo" ]; then
    step "The lab"
    test/lab/lab down
  fi
  rm -rf "$DEMO"
  say "everything is gone again; what was downloaded and built stays in ${DEMO%/demo}"
}

verb=all stack='' address='' user='' key='' host_key='' steps=0 failed=no
read_arguments "$@"
if [ "$verb" != down ]; then
  if on_lab; then need_debian_root; else need_own_pi; fi
fi
need_own_folder "${MOSQUITTO_PI_CACHE:-$root/.cache}"/{demo,engine} "$root"
# Nothing of the person's own Pulumi settings gets in.
unset "${!PULUMI_@}"
# shellcheck source=test/support/demo/env.sh
. test/support/demo/env.sh
# shellcheck source=test/support/demo/stack.sh
. test/support/demo/stack.sh
one_at_a_time
case $verb in
  down) take_down ;;
  proof)
    [ -e "$workspace/Pulumi.$stack.yaml" ] || die "there is no demo on ${address:-$stack} yet: leave --proof away first"
    [ -n "$address" ] || address=$(in_workspace config get host)
    try_it
    ;;
  all)
    set_up
    bring_up
    try_it
    explain
    ;;
esac
[ "$failed" = no ] || die "the proof FAILED; see the lines above"
say "done in $SECONDS s; ${DEMO%/demo} holds $(du -sh "${DEMO%/demo}" | cut -f1)"
