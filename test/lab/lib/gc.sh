# shellcheck shell=bash disable=SC2034,SC2153
# Taking labs down: on request, and those whose owner died without doing so.

# Ends whatever runs behind the bridge and forgets the lab's state.
lab_remove() {
  local bridge=$1 state=$2
  cgroup_kill "$bridge"
  network_down "$bridge"
  rm -rf "$state"
}

lab_down() {
  if [[ -f $STATE/bridge ]]; then
    lab_remove "$(lab_bridge)" "$STATE"
  else
    rm -rf "$STATE"
  fi
  apt_cache_down_if_idle
}

# A lab without an owner belongs to a person and lives until "lab down".
lab_orphaned() {
  [[ ! -d $1 ]] || { [[ -f $1/owner ]] && ! process_alive "$(cat "$1/owner")"; }
}

gc() {
  local path bridge state
  for path in /sys/class/net/pilab*; do
    [[ -r $path/ifalias ]] || continue
    bridge=$(basename "$path") state=$(cat "$path/ifalias")
    # Without an alias it is a lab being born this moment, under another clone's lock.
    [[ $state ]] || continue
    if lab_orphaned "$state"; then
      say "lab: removing what a dead run left: $state ($bridge)"
      lab_remove "$bridge" "$state"
    fi
  done
  for state in "$RUN"/*; do
    if [[ -d $state ]] && lab_orphaned "$state"; then
      say "lab: removing what a dead run left: $state"
      rm -rf "$state"
    fi
  done
  apt_cache_down_if_idle
  images_prune
}
