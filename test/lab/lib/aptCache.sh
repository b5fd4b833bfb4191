#!/bin/bash
# apt-cacher-ng with the lab's folders in the places of the packaged ones, so that its user needs no way into the clone. The packaged
# configuration is not used: its mirror table answers 503 for mirrors it cannot reach. Usage: aptCache.sh DIR
set -euo pipefail
mount --bind "$1/conf" /etc/apt-cacher-ng
mount --bind "$1/cache" /var/cache/apt-cacher-ng
mount --bind "$1/log" /var/log/apt-cacher-ng
exec setpriv --reuid apt-cacher-ng --regid apt-cacher-ng --init-groups apt-cacher-ng -c /etc/apt-cacher-ng
