#!/bin/sh
# Runs on a host: `switch.sh OWNER` gives it back to OWNER's tools as they left it; `switch.sh OWNER bare` as if none
# had ever been there.
set -eu
owner=$1
store=/var/lib/bench
paths="etc/mosquitto etc/systemd/system/mosquitto.service.d var/lib/mosquitto var/log/mosquitto var/lib/pulumi-mosquitto-pi"

move() {
  for path in $paths; do
    [ -e "$1/$path" ] || continue
    mkdir -p "$(dirname "$2/$path")"
    mv -T "$1/$path" "$2/$path"
  done
}

make_bare() {
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2046
  apt-get -qq -y purge --auto-remove $(dpkg-query -W -f '${Package} ' mosquitto mosquitto-clients 2>/dev/null)
  apt-get clean
  # An empty list that looks new would keep Ansible from filling it.
  rm -rf /var/lib/apt/lists/* /var/lib/apt/periodic/update-success-stamp /var/cache/apt/*.bin
  touch -d @0 /var/lib/apt/lists
}

mkdir -p "$store"
live=$(cat "$store/live" 2>/dev/null || :)
[ "$live $owner ${2:-}" != "$owner $owner " ] || exit 0
systemctl --quiet stop mosquitto.service 2>/dev/null || :
[ -z "$live" ] || {
  rm -rf "${store:?}/$live"
  move "" "$store/$live"
}
rm -f /run/pulumi-mosquitto-pi.mosquitto
if [ "${2:-}" = bare ]; then
  rm -rf "${store:?}/$owner"
  make_bare >/dev/null 2>&1
  systemctl daemon-reload
else
  move "$store/$owner" ""
  systemctl daemon-reload
  systemctl start mosquitto.service
fi
echo "$owner" >"$store/live"
