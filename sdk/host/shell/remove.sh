#!/bin/sh
# Takes away what apply.sh put there, and gives back what was there before.
set -eu
export LC_ALL=C
here=${0%/*}
. "$here/common.sh"

lock
if [ ! -f "$memory/identity" ] && grep -sqxF "identity $identity" "$root/current/state"; then
  say "what was here before us is not known any more: packages stay, and what runs is stopped"
  mkdir -p "$memory"
  claim
  links "$root/current" >"$memory/links"
  for unit in $wanted_units; do echo "$unit inactive disabled"; done >"$memory/units"
fi
if [ ! -f "$memory/identity" ]; then
  say "nothing of ours on this host"
  exit 0
fi
if ! remembers identity "$identity"; then
  say "$concept on this host now belongs to \"$(cat "$memory/component")\": left alone"
  exit 0
fi

begin "giving back what was there before" "what has gone is gone, the rest is still there"
hook deactivate "$here/files"
withdraw
restore_units
# shellcheck disable=SC2086
remove_packages $wanted_packages
bequeath_packages
rm -rf "${generations:?}" "$memory" "/run/pulumi-mosquitto-pi.$concept"
rmdir --ignore-fail-on-non-empty /var/lib/pulumi-mosquitto-pi
[ -L "$root" ] || [ ! -d "$root" ] || rmdir --ignore-fail-on-non-empty "$root" 2>/dev/null || :
systemctl daemon-reload
# What is reported has to last.
sync -f /etc /var/lib
