#!/bin/sh
# Runs sshd with a shadow file of the test's own: root has a password in here and nowhere else.
# Usage, in a mount namespace of its own: sshd.sh CONFIG SHADOW
set -eu
mount --bind "$2" /etc/shadow
mkdir -p /run/sshd
exec /usr/sbin/sshd -D -e -f "$1"
