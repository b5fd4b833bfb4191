#!/bin/sh
# What a host is made of, as text: packages, units, all of /etc, and what lies about elsewhere. Run as root.
set -eu
export LC_ALL=C

echo "# packages"
dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\n'
echo "# units"
systemctl list-unit-files --no-legend --no-pager | awk '$2 != "transient" { print $1, $2 }'
systemctl list-units --failed --no-legend --no-pager --plain
echo "# listening"
ss -Hltn | awk '{ print $4 }' | sort
echo "# /etc"
# The linker's cache and systemd's stamp are rebuilt by any package; passwd- and the like are the last edit's backups, and
# passwd and the like are shown by their names below.
find /etc \( -name ld.so.cache -o -name .updated -o -path '/etc/*-' \) -prune -o -printf '%p %M %u:%g %l\n' | sort
find /etc \( -name ld.so.cache -o -name .updated -o -path '/etc/*-' -o -path /etc/passwd -o -path /etc/group -o -path '/etc/*shadow' \) -prune -o -type f -exec sha256sum {} + | sort -k 2
echo "# users"
cut -d: -f1 /etc/passwd /etc/group
echo "# elsewhere"
# Logs of dpkg and apt tell what happened; a lock file and adduser's folder are in memory.
find /var/lib /var/log /var/spool /run /run/lock /home /root /tmp /opt /srv /usr/local /usr/share/bash-completion -maxdepth 1 |
  grep -vxE '/var/log/(dpkg|alternatives).log|/run/adduser|/run/pulumi-mosquitto-pi.lock|/tmp/systemd-private-.*' | sort
find /var/lib/systemd /etc/systemd | sort
