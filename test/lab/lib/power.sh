#!/bin/bash
# A host's power supply, in its own cgroup and mount namespace: mounts the disk, boots, and boots again when the host reboots itself.
# Usage: power.sh NAME IMAGE DIR BRIDGE NUMBER
set -euo pipefail
name=$1 image=$2 dir=$3 bridge=$4 number=$5
layers=$dir
if [[ -f $dir/disk.img ]]; then
  layers=$dir/disk
  # After a cut the kernel lets go of the file a moment later than of the processes.
  for ((tries = 0; tries < 200; tries++)); do
    [[ $(losetup --associated "$dir/disk.img") ]] || break
    sleep 0.05
  done
  # What a cut loses must not depend on how fast this machine is: nothing is written by the journal's own clock.
  mount -o loop,noatime,commit=600 "$dir/disk.img" "$layers"
fi
mount -t overlay overlay -o "lowerdir=$image,upperdir=$layers/upper,workdir=$layers/work" "$dir/root"
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
  # The cable of the system before stays plugged in as long as its kernel has something to send, to whom it can't be reached by any more.
  ip link delete "vb-$bridge-$number" 2>/dev/null || true
  systemd-nspawn --quiet --directory="$dir/root" --machine="$bridge-$number" --hostname="$name" --register=no --keep-unit \
    --network-bridge="$bridge" --link-journal=no --resolv-conf=off --timezone=off --boot --console=pipe || status=$?
done
