#!/bin/sh
# What is on the disk is in force. Run when a change is taken back; by systemd, should nobody be left to do it.
set -eu
export LC_ALL=C
memory=/var/lib/pulumi-mosquitto-pi/firewall
. "${0%/*}/kernel.sh"
: >"/run/$undo/undone"
# shellcheck source=/dev/null
. /etc/ufw/ufw.conf
if [ "${ENABLED-}" = yes ]; then reload /; else unload; fi
