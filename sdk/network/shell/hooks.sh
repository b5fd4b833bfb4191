#!/bin/sh
# The network's part of a transaction: hooks.sh VERB GENERATION. The generation says what the profile of the device is to hold;
# NetworkManager has the profile. A change is nothing that lasts before it is confirmed over the new address.
set -eu
export LC_ALL=C
verb=$1
dir=$2
concept=network
# shellcheck source=../../host/shell/hooks/words.sh
. "$dir/words.sh"
# shellcheck source=../../host/shell/hooks/outside.sh
. "$dir/outside.sh"
. "$dir/manager.sh"
. "$dir/neighbours.sh"
. "$dir/profile.sh"
. "$dir/netplan.sh"

# Before anything changes: whether somebody else has the address.
validate() {
  find_profile
  refuse_other_profile
  for address in $(wanted_addresses); do
    own_address "$address" && continue
    owner=$(answer "$address") || continue
    fail "address: expected one that nobody has on $device, got \"$address\", which $owner has; choose another, or switch that one off"
  done
}

# Prints what it took: nothing, or reload. The settings that it makes last no longer than the checkpoint.
activate() {
  find_profile
  remember_former
  whole_profile >"$run/profile"
  if is_live && is_in_force; then
    echo nothing
  elif [ -e "$run/waiting" ]; then
    # On the way back: NetworkManager has done it, to what was confirmed last, or to what was there before us.
    [ ! -s "$memory/manifest" ] || eventually 15 is_live ||
      fail "the former network settings are not back yet; NetworkManager goes on trying"
    echo nothing
  else
    leave_connection
    create_checkpoint
    { change --temporary "$run/profile" && reapply && takes_addresses && routers_answer; } || take_back
    echo reload
  fi
}

takes_addresses() {
  eventually 15 has_addresses ||
    complain "address: expected that $device takes it, got \"$(wanted_addresses | paste -s -d ' ')\", which it does not; see on the host: journalctl -u NetworkManager"
}

# Waits for the word from outside: no check on the Pi itself can tell that it is reachable.
verify() {
  [ -e "$run/checkpoint" ] || return 0
  find_profile
  say "waiting for a login at $(wanted_addresses | head -n 1)"
  await_login ||
    complain "address: expected a login there within $patience seconds, got none at \"$(wanted_addresses | head -n 1)\"" ||
    take_back
  { hold_checkpoint && change "" "$run/profile" && sync -f /etc && set_netplan_aside && sync -f /etc && keep; } || take_back
}

take_back() {
  say "going back to the former network settings"
  roll_back
  [ -s "$memory/manifest" ] || give_netplan_back
  # Nothing of ours was ever confirmed: what is here then may be changed by others before the next try.
  [ -s "$memory/manifest" ] || rm -f "$former"
  exit 1
}

# What is set here outside of files, and is to be as it was deployed.
describe() {
  find_profile
  echo "setting device $device"
  echo "setting profile $uuid"
  cut -d ' ' -f 1 "$dir/profile" | held | sed 's/^/setting /'
  in_force | sed 's/^/setting live-/'
}

report() {
  find_profile
  echo "device $device"
  echo "profile $uuid"
}

# Gives the former settings back to the profile that they are of, whichever is active now. The fixed address stays until a lease has
# come, and until the connection that asks has had its answer: as long as it works it has the lock.
deactivate() {
  [ -s "$former" ] || return 0
  require_manager
  uuid=$(former_profile)
  if ! has_profile "$uuid"; then
    say "the profile $uuid, which had the fixed address, is gone already"
    give_netplan_back
    return
  fi
  device=$(nmcli -g GENERAL.DEVICES connection show "$uuid")
  if [ -n "$device" ] && grep -qx 'ipv4.method auto' "$former"; then await_lease; fi
  grep '^ipv' "$former" >"$dir/former"
  change "" "$dir/former"
  give_netplan_back
  [ -z "$device" ] ||
    systemd-run --quiet --collect flock /run/pulumi-mosquitto-pi.lock sh -c "sleep 2; nmcli device reapply '$device'"
}

case "$verb" in
  validate | activate | verify | describe | report | deactivate) "$verb" ;;
  # Files that are as they should be say nothing of what somebody has done beside them.
  recheck) validate ;;
  require | observe | log | finish) ;;
  *) fail "no such verb: $verb" ;;
esac
