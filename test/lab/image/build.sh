#!/bin/bash
# Builds one base image. Usage: build.sh SUITE TARGET
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=test/lab/lib/mirror.sh
source "$here/../lib/mirror.sh"
suite=$1 target=$2

packages=systemd,systemd-sysv,dbus,openssh-server,sudo,iproute2,ca-certificates,network-manager,udev,procps,iputils-ping,netbase,logrotate
# netplan.io would bring python; the generator alone turns netplan's YAML into profiles at boot.
[[ $suite == bookworm ]] || packages+=,netplan-generator
sources=$(debian_sources "$suite")
rm -rf "$target.partial"
mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --customize-hook="'$here/customize.sh' \"\$1\" $suite" \
  "$suite" "$target.partial" - <<<"$sources"
# Hosts ask the lab's cache by http, which asks the mirror as this machine would.
printf '%s\n' "${sources//https:/http:}" >"$target.partial/etc/apt/sources.list"
mv "$target.partial" "$target"
