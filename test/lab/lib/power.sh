#!/bin/bash
# A host's power supply, in its own cgroup and mount namespace: mounts the disk, boots, and boots again when the host reboots itself.
# Usage: power.sh NAME IMAGE DIR BRIDGE NUMBER
set -euo pipefail
name=$1 image=$2 dir=$3 bridge=$4 number=$5
mount -t overlay overlay -o "lowerdir=$image,upperdir=$dir/upper,workdir=$dir/work" "$dir/root"
# Where systemd-nspawn leaves folders behind when it is killed.
mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn
# It makes MAC addresses from the machine's id, which containers often lack.
if [[ ! -s /etc/machine-id ]]; then
  [[ -f $dir/machine-id ]] || tr -d - </proc/sys/kernel/random/uuid >"$dir/machine-id"
  mount --bind "$dir/machine-id" /etc/machine-id
fi
# systemd-nspawn ends with 133 when the system inside asks for a reboot.
status=133
while ((status == 133)); do
  status=0
  systemd-nspawn --quiet --directory="$dir/root" --machine="$bridge-$number" --hostname="$name" --register=no --keep-unit \
    --network-bridge="$bridge" --link-journal=no --resolv-conf=off --timezone=off --boot --console=pipe || status=$?
done
