# shellcheck shell=bash
# A bridge with a 10.77.X.0/24 of its own for each lab. The kernel lets a bridge name exist once, so taking a free X cannot collide.

lab_bridge() { cat "$STATE/bridge"; }
lab_address() { printf '10.77.%s.1\n' "$(lab_bridge | tr -dc 0-9)"; }
bridge_exists() { [[ -d /sys/class/net/$1 ]]; }

network_up() {
  local x bridge
  if [[ -f $STATE/bridge ]] && bridge_exists "$(lab_bridge)"; then return; fi
  if [[ -f $STATE/bridge ]]; then
    # After a restart of the machine: the hosts' disks still hold addresses of this very net.
    bridge=$(lab_bridge)
    ip link add "$bridge" type bridge || die "network $bridge is taken by another lab. \"lab down\" and start anew."
  else
    for x in {1..254}; do
      bridge=pilab$x
      if ip link add "$bridge" type bridge 2>/dev/null; then break; fi
      [[ $x != 254 ]] || die "no 10.77.X.0/24 is free: 254 labs are up, or this machine allows no bridge."
    done
    echo "$bridge" >"$STATE/bridge"
  fi
  # Tells gc, also one of another clone, whose bridge this is.
  ip link set "$bridge" alias "$STATE"
  echo 1 >"/proc/sys/net/ipv6/conf/$bridge/disable_ipv6" || true
  ip address add "$(lab_address)/24" dev "$bridge"
  ip link set "$bridge" up
  network_fence "$bridge" "$(lab_address)"
}

# Hosts reach each other, the lab's apt cache, and what a test itself serves on a high port of the bridge's address. Nothing else, on
# this machine or behind it, whatever routes a host sets for itself.
network_fence() {
  nft -f - <<NFT
table inet $1
delete table inet $1
table inet $1 {
  chain input {
    type filter hook input priority -200; policy accept;
    iifname "$1" ct state established,related accept
    iifname "$1" ip daddr $2 tcp dport { $APT_PORT, 32768-60999 } accept
    iifname "$1" ip daddr $2 icmp type echo-request accept
    iifname "$1" drop
  }
  chain forward {
    type filter hook forward priority -200; policy accept;
    iifname "$1" oifname "$1" accept
    iifname "$1" drop
    oifname "$1" drop
  }
}
NFT
}

network_down() {
  nft delete table inet "$1" 2>/dev/null || true
  if bridge_exists "$1"; then ip link delete "$1"; fi
}
