# shellcheck shell=sh
# NetworkManager: the profile that is active on the device, and checkpoints. Sourced by hooks.sh.
: "${dir:?}" "${run:?}" "${memory:?}" "${most_seconds:?}"

manager=org.freedesktop.NetworkManager
# The settings before us, with the device and the profile that they are of.
former=$memory/former

require_manager() {
  command -v nmcli >/dev/null ||
    fail "host: expected that NetworkManager manages its network, as on Raspberry Pi OS since bookworm, got no program \"nmcli\""
}

# Sets $device and $uuid, that of its active profile: never found by a name, which every release chooses anew.
find_profile() {
  require_manager
  device=$(cat "$dir/device" 2>/dev/null || sed -n 's/^device //p' "$former" 2>/dev/null) || :
  [ -n "$device" ] || device=$(device_of_connection)
  uuid=$(nmcli -g GENERAL.CON-UUID device show "$device" 2>/dev/null) || :
  [ -n "$uuid" ] ||
    fail "device: expected one that an active profile of NetworkManager is for, got \"$device\"; see on the host: nmcli device"
}

# The device that has the address which the SSH connection came to.
device_of_connection() {
  # shellcheck disable=SC2046
  set -- $(cat "$run/connection" 2>/dev/null)
  address=${3:-}
  address=${address%%%*}
  name=$([ -z "$address" ] || ip -o address show to "$address" | sed -n '1s/^[0-9]*: *\([^ @]*\).*/\1/p')
  [ -n "$name" ] || fail "device: expected the one that carries the SSH connection, got none that has its address \"$address\"; say which it is, such as device: \"eth0\""
  echo "$name"
}

call() {
  busctl call "$manager" /org/freedesktop/NetworkManager "$manager" "$@"
}

# All devices, and no flags: only one checkpoint at a time. NetworkManager keeps it in memory: what a restart of it would take away, we
# have, too.
create_checkpoint() {
  properties | held >"$run/before"
  call CheckpointCreate aouu 0 "$most_seconds" 0 | cut -d '"' -f 2 >"$run/checkpoint"
  [ -s "$run/checkpoint" ] || fail "NetworkManager makes no checkpoint to go back to; nothing has changed"
}

# It must not run out while the change is written to disk. Fails when it has run out already.
hold_checkpoint() {
  call CheckpointAdjustRollbackTimeout ou "$(cat "$run/checkpoint")" "$most_seconds" ||
    complain "NetworkManager: expected that it keeps its checkpoint until the change is confirmed, got none: was it restarted? run pulumi up again"
}

roll_back() {
  call CheckpointRollback o "$(cat "$run/checkpoint")" >/dev/null || eventually 30 give_before_back ||
    say "NetworkManager does not take the former settings; this host has them when it is switched off and on"
  rm -f "$run/checkpoint"
}

give_before_back() {
  { change --temporary "$run/before" && reapply; } 2>/dev/null
}

# The change is for good.
keep() {
  call CheckpointDestroy o "$(cat "$run/checkpoint")"
  rm -f "$run/checkpoint"
}

# change --temporary|"" FILE: the profile gets these properties; temporary is in memory only, until the next boot.
change() {
  how=$1
  file=$2
  set --
  while read -r property value; do
    set -- "$@" "$property" "$value"
  done <"$file"
  # shellcheck disable=SC2086
  nmcli connection modify $how "$uuid" "$@"
}

# Makes the profile live without taking the link down.
reapply() {
  nmcli device reapply "$device" >/dev/null
}

# Asks for a lease beside the fixed address.
await_lease() {
  nmcli device modify "$device" ipv4.method auto >/dev/null
  eventually 45 has_lease || {
    reapply
    fail "no DHCP server has answered on $device: it keeps its fixed address"
  }
  say "the address of $device is $lease from now on, by DHCP"
}

has_lease() {
  lease=$(nmcli -g DHCP4.OPTION device show "$device" | tr '|' '\n' | sed -n 's/^ *ip_address = \([0-9.]*\).*/\1/p')
  [ -n "$lease" ]
}
