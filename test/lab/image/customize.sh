#!/bin/bash
# mmdebstrap's customize hook: turns a minimal Debian into a freshly flashed Raspberry Pi OS Lite, as far as a broker can tell.
# Usage: customize.sh ROOT SUITE
set -euo pipefail
root=$1 suite=$2

chroot "$root" useradd --create-home --shell /bin/bash --uid 1000 --user-group --groups adm,sudo,video,plugdev,users,netdev pi
install -m 0440 /dev/stdin "$root/etc/sudoers.d/010_pi-nopasswd" <<<'pi ALL=(ALL) NOPASSWD: ALL'

# Each host gets an identity of its own at its first boot.
rm -f "$root"/etc/ssh/ssh_host_*
: >"$root/etc/machine-id"
rm -f "$root/etc/hostname" "$root/etc/resolv.conf"

# What Raspberry Pi OS has and a minimal Debian complains about at every login and every link.
echo LANG=C.UTF-8 >"$root/etc/default/locale"
mkdir -p "$root"/etc/network/if-{up,down,pre-up,post-down}.d

if [[ $suite != bookworm ]]; then
  # Raspberry Pi OS keeps the journal in RAM since trixie.
  install -D -m 0644 /dev/stdin "$root/usr/lib/systemd/journald.conf.d/40-rpi-volatile-storage.conf" <<<$'[Journal]\nStorage=volatile'
fi

# Timers that would take the package lock at a moment no test can foresee, and units that wait for what a lab does not have.
chroot "$root" systemctl mask --quiet \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
  systemd-networkd-wait-online.service NetworkManager-wait-online.service

# The disk is thrown away: packages need not be synced file by file, nor bring manuals.
install -m 0644 /dev/stdin "$root/etc/dpkg/dpkg.cfg.d/lab" <<'CFG'
force-unsafe-io
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
CFG
install -m 0644 /dev/stdin "$root/etc/apt/apt.conf.d/50lab" <<'CFG'
Acquire::Languages "none";
CFG
