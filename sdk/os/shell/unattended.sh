# shellcheck shell=sh
# Upgrades that the host installs by itself, as our file for apt says. Sourced by hooks.sh.
: "${dir:?the folder of the generation}"

ours=$dir/unattended-upgrades

# Where no source has what our file names, nothing would be installed for ever.
check_source() {
  grep -qs 'label=Debian-Security' "$ours" || return 0
  apt-cache policy | grep -q 'l=Debian-Security' || take_back \
    "unattendedUpgrades: expected a source of security updates on this host, got none (apt-cache policy), as with 32-bit Raspberry Pi OS; set unattendedUpgrades: false"
}

check_overruled() {
  others=$(overruled)
  [ -z "$others" ] || take_back \
    "unattendedUpgrades: expected what 52pulumi-mosquitto-pi says, got $others by another file in /etc/apt/apt.conf.d that is read after it; remove that there"
}

describe_unattended() {
  others=$(overruled)
  [ ! -f "$ours" ] || echo "setting unattended-upgrades ${others:-as wanted}"
}

# What apt reads in the place of lines of ours. To a list, others may add.
overruled() {
  [ -f "$ours" ] || return 0
  dump=$(apt-config dump)
  grep -v '^#' "$ours" | while read -r key value; do
    is=$(printf '%s\n' "$dump" | sed -n "s/^$key \(.*\);/\1/Ip")
    printf '%s\n' "$is" | grep -qxF "${value%;}" || echo "$key ${is:-nothing}"
  done | paste -s -d ,
}
