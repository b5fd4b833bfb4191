# shellcheck shell=bash
# A bridge with a 10.77.X.0/24 of its own for each lab. The kernel lets a bridge name exist once, so taking a free X cannot collide.

lab_bridge() { cat "$STATE/bridge"; }
lab_address() { printf '10.77.%s.1\n' "$(lab_bridge | tr -dc 0-9)"; }
bridge_exists() { [[ -d /sys/class/net/$1 ]]; }

network_up() {
  local x bridge
  if [[ -f $STATE/bridge ]] && bridge_exists "$(lab_bridge)"; then
    # A firewall reloaded meanwhile may have swept the fence away.
    network_fence
    return
  fi
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
  # Else it takes a port's, changes it whenever a host comes or goes, and the others lose it for seconds.
  ip link set "$bridge" address "$(printf '02:00:0a:4d:%02x:01' "${bridge#pilab}")"
  ip address add "$(lab_address)/24" dev "$bridge"
  ip link set "$bridge" up
  network_fence
}

# Hosts reach each other, the lab's apt cache, and what a test itself serves on a high port of the bridge's address. Nothing else, on
# this machine or behind it, whatever routes a host sets for itself.
network_fence() {
  local bridge
  bridge=$(lab_bridge)
  nft -f - <<NFT
table inet $bridge
delete table inet $bridge
table inet $bridge {
  chain input {
    type filter hook input priority -200; policy accept;
    iifname "$bridge" ct state established,related accept
    iifname "$bridge" ip daddr $(lab_address) tcp dport { $APT_PORT, 32768-60999 } accept
    iifname "$bridge" ip daddr $(lab_address) icmp type echo-request accept
    iifname "$bridge" drop
  }
  chain forward {
    type filter hook forward priority -200; policy accept;
    iifname "$bridge" oifname "$bridge" accept
    iifname "$bridge" drop
    oifname "$bridge" drop
  }
}
NFT
}

network_down() {
  nft delete table inet "$1" 2>/dev/null || true
  if bridge_exists "$1"; then ip link delete "$1"; fi
}
