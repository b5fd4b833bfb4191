# shellcheck shell=sh
# Who has an address on the network, by the kernel's own table of neighbours: it asks (ARP, or for IPv6 neighbour discovery) whatever
# the routes are. Sourced by hooks.sh.
: "${dir:?}" "${device=}"

# answer ADDRESS: prints the hardware address of who has it; fails when nobody has answered. The kernel gives up after three seconds.
answer() {
  ip neigh del "$1" dev "$device" 2>/dev/null || :
  ip neigh replace "$1" dev "$device" use
  for _ in $(seq 40); do
    entry=$(ip neigh show to "$1" dev "$device")
    case "$entry" in
      *lladdr*)
        echo "$entry" | sed 's/.*lladdr \([^ ]*\).*/\1/'
        return
        ;;
      *FAILED*) return 1 ;;
    esac
    sleep 0.1
  done
  return 1
}

# Whether the device has the address.
own_address() {
  [ -n "$(ip -o address show dev "$device" to "$1")" ]
}

# Every router of the settings has to be there: a typo in it would cut the host off from other networks.
routers_answer() {
  routers=$(sed -n 's/^ipv[46].gateway \(.\)/\1/p' "$dir/profile")
  for router in $routers; do
    answer "$router" >/dev/null ||
      complain "gateway: expected a router that answers on $device, got silence from \"$router\"; is it a typo, or the router of another network?" ||
      return 1
  done
}
