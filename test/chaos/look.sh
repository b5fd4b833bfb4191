#!/bin/sh
# What a transaction has made of this host, as `kind text` lines; when the host has booted, and no transaction is under way.
set -u
export LC_ALL=C
systemctl is-system-running --wait >/dev/null
tries=0
while pgrep -f '^sh -s apply' || ls -d /run/mosquitto-pi.*; do
  tries=$((tries + 1))
  [ "$tries" -lt 600 ] || exit 1
  sleep 0.1
done >/dev/null 2>&1

root=/etc/mosquitto
memory=/var/lib/pulumi-mosquitto-pi/mosquitto

echo "live $(readlink "$root/current")"
sed -n '1s/^/loaded generations\//p' /run/pulumi-mosquitto-pi.mosquitto 2>/dev/null
if [ -d "$root/current/" ]; then
  cd "$root/current/" || exit 1
  find . -printf 'file %P %y %m %u:%g\n' | sort
  find . -type f -exec sha256sum {} + | sed 's/^/bytes /' | sort
fi
for name in identity component links; do
  [ ! -f "$memory/$name" ] || sed "s/^/memory $name /" "$memory/$name"
done
[ ! -f "$memory/units" ] || sed -n '/^mosquitto.service /s/^/before /p' "$memory/units"
sed -n 's/^generation /manifest generations\//p' "$memory/manifest" 2>/dev/null
find /etc/systemd/system -name '00-*pulumi*' -printf 'guard %p %l\n' -o -name '*pulumi*' -printf 'link %p %l\n'
echo "unit $(systemctl is-enabled mosquitto.service 2>/dev/null) $(systemctl is-active mosquitto.service)"
echo "count $(find "$root/generations" -mindepth 1 -maxdepth 1 -name '[0-9]*' 2>/dev/null | wc -l)"
dpkg --audit | sed 's/^/dpkg /'

# What only a transaction under way has.
find /run -maxdepth 1 -name 'mosquitto-pi*' -printf 'left %p\n'
find "$root/generations" -mindepth 1 -maxdepth 1 ! -name '[0-9]*' -printf 'left %p\n' 2>/dev/null
find "$root" "$memory" /run /etc/systemd/system -maxdepth 2 \( -name '.current' -o -path '*pulumi*.new' -o -name '*.new' -path '*mosquitto*' \) -printf 'left %p\n' 2>/dev/null | sort -u
