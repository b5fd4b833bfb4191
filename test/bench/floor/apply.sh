#!/bin/sh
# What a shell needs to reach the same end state, and no more: no trial, no way back, no check.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
trap 'rm -rf "$here"' EXIT
after=""

# put MODE OWNER:GROUP FILE PATH reload|restart
put() {
  cmp -s "$3" "$4" && return
  install -D -m "$1" -o "${2%:*}" -g "${2#*:}" "$3" "$4"
  [ "$after" = restart ] || after=$5
}

dpkg -s mosquitto mosquitto-clients openssl iproute2 >/dev/null 2>&1 || {
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  apt-get -qq install --no-install-recommends mosquitto mosquitto-clients openssl iproute2
} >/dev/null 2>&1
put 0644 root:root ca.crt /etc/mosquitto/certs/ca.crt restart
put 0644 root:root server.crt /etc/mosquitto/certs/server.crt restart
put 0640 root:mosquitto server.key /etc/mosquitto/certs/server.key restart
put 0644 root:root broker.conf /etc/mosquitto/conf.d/broker.conf restart
put 0600 mosquitto:mosquitto passwd /etc/mosquitto/passwd reload
put 0600 mosquitto:mosquitto acl /etc/mosquitto/acl reload
put 0644 root:root systemd.conf /etc/systemd/system/mosquitto.service.d/50-broker.conf restart
systemctl --quiet is-enabled mosquitto.service || systemctl --quiet enable mosquitto.service
case "$after" in
  restart)
    systemctl daemon-reload
    systemctl restart mosquitto.service
    ;;
  reload) systemctl reload mosquitto.service ;;
  *) systemctl --quiet is-active mosquitto.service || systemctl start mosquitto.service ;;
esac
