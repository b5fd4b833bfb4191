# shellcheck shell=sh
# What the profile holds, in lines `property value`. Sourced by hooks.sh.
: "${dir:?}" "${run:?}" "${former:?}" "${device=}" "${uuid=}"

properties() {
  for version in 4 6; do
    for name in method addresses gateway dns dns-search; do echo "ipv$version.$name"; done
  done
}

# Reads names of properties; prints what the profile holds of each.
held() {
  names=$(cat)
  # shellcheck disable=SC2086
  nmcli -e no -g "$(echo $names | tr ' ' ',')" connection show "$uuid" | tr -d ' ' | {
    for name in $names; do
      read -r value || :
      echo "$name $value"
    done
  }
}

# Once, before the first change of this very profile; and the disk has it before anything changes.
remember_former() {
  if [ "$(former_profile)" = "$uuid" ] || is_in_other_profile; then return 0; fi
  {
    echo "device $device"
    echo "profile $uuid"
    properties | held
  } >"$former.new"
  sync "$former.new"
  mv "$former.new" "$former"
}

# The fixed address is in another profile, which would keep it for good.
is_in_other_profile() {
  was=$(former_profile)
  [ -n "$was" ] && [ "$was" != "$uuid" ] && has_profile "$was"
}

has_profile() {
  nmcli -g connection.uuid connection show "$1" >/dev/null 2>&1
}

refuse_other_profile() {
  ! is_in_other_profile ||
    fail "device: expected $(sed -n 's/^device //p' "$former"), whose profile $was has the fixed address, got \"$device\"; destroy this StaticIp first"
}

former_profile() {
  [ ! -f "$former" ] || sed -n 's/^profile //p' "$former"
}

# All properties: those of the generation, and the others as they were before us.
whole_profile() {
  properties | while read -r property; do
    grep "^$property " "$dir/profile" || grep "^$property " "$former"
  done
}

# Whether the profile holds what $run/profile says, and the device has the addresses.
is_live() {
  [ "$(properties | held)" = "$(cat "$run/profile")" ] && has_addresses
}

# What the device goes by, whatever its profile says: somebody may have run `ip route` or `nmcli device modify`.
in_force() {
  echo "ipv4.gateway $(ip -4 route show default dev "$device" | sed -n 's/^default via \([^ ]*\).*/\1/p' | paste -s -d ,)"
  echo "ipv4.dns $(nmcli -g IP4.DNS device show "$device" | tr '|' ',' | tr -d ' ')"
}

is_in_force() {
  [ "$(in_force)" = "$(grep -E '^ipv4\.(gateway|dns) ' "$run/profile")" ]
}

has_addresses() {
  for address in $(wanted_addresses); do own_address "$address" || return 1; done
}

# Without the lengths of their prefixes.
wanted_addresses() {
  sed -n 's/^ipv[46].addresses \([^ /]*\).*/\1/p' "$dir/profile"
}
