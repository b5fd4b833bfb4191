#!/usr/bin/env bash
# The benchmark's hands on the lab's hosts. They come in through the container, not by SSH: nothing of it is counted.
# Usage: hosts.sh RUN switch OWNER VARIANT [bare] | count FILE | run SCRIPT
# $RUN/hosts has a line for each host: name, its cgroup, its network device on this machine.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
run=$1
shift

# inside CGROUP SCRIPT [argument…]
inside() {
  local pid
  pid=$(head -n 1 "$1/payload/init.scope/cgroup.procs")
  nsenter --target "$pid" --mount --uts --ipc --net --pid -- sh -s -- "${@:3}" <"$2"
}

on_all() {
  local name cgroup device pids=() failed=0
  while read -r name cgroup device; do
    inside "$cgroup" "$@" &
    pids+=($!)
  done <"$run/hosts"
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  return "$failed"
}

# Ansible's connections outlive it by a minute; the next run must not find them.
close_connections() {
  local socket
  for socket in "$run"/cp/*; do
    [ ! -S "$socket" ] || ssh -o ControlPath="$socket" -O exit none 2>/dev/null || :
  done
}

# A tool's own memory of hosts that are bare again.
forget() {
  [ -d "$1/state.new" ] || return 0
  rm -rf "$1/state"
  cp -a "$1/state.new" "$1/state"
}

# A line for each host: name, CPU in microseconds, bytes to it, bytes from it, then what count.sh says.
count() {
  local name cgroup device
  while read -r name cgroup device; do
    printf '%s %s %s %s\n' "$name" "$(sed -n 's/^usage_usec //p' "$cgroup/cpu.stat")" \
      "$(cat "/sys/class/net/$device/statistics/tx_bytes") $(cat "/sys/class/net/$device/statistics/rx_bytes")" \
      "$(inside "$cgroup" "$here/host/count.sh")"
  done <"$run/hosts"
}

case $1 in
  switch)
    close_connections
    ln -sfnT "$3" "$run/$2/input"
    [ "${4:-}" != bare ] || forget "$run/$2"
    on_all "$here/host/switch.sh" "$2" "${@:4}"
    count >"$run/before"
    ;;
  count) count >"$2" ;;
  run) on_all "$2" ;;
esac
