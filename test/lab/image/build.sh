#!/bin/bash
# Builds one base image. Usage: build.sh SUITE TARGET
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
suite=$1 target=$2

# The mirrors this machine's own apt uses, for another suite: no mirror is named here.
sources() {
  # shellcheck disable=SC2016
  local format='$(ORIGIN)|$(CODENAME)|$(REPO_URI)' targets main security
  targets=$(apt-get indextargets --format "$format" 'Created-By: Packages' | grep '^Debian|') || true
  main=$(sed -n 's/^[^|]*|[a-z]*|//p' <<<"$targets" | head -n 1)
  security=$(sed -n 's/^[^|]*|[a-z]*-security|//p' <<<"$targets" | head -n 1)
  if [[ -z $main ]]; then
    echo "lab: this machine's apt knows no Debian mirror. Add one to its sources, run \"apt-get update\" and try again." >&2
    return 1
  fi
  printf 'deb %s %s main\ndeb %s %s-updates main\n' "$main" "$suite" "$main" "$suite"
  [[ -z $security ]] || printf 'deb %s %s-security main\n' "$security" "$suite"
}

packages=systemd,systemd-sysv,dbus,openssh-server,sudo,iproute2,ca-certificates,network-manager,udev,procps,iputils-ping
# netplan.io would bring python; the generator alone turns netplan's YAML into profiles at boot.
[[ $suite == bookworm ]] || packages+=,netplan-generator
sources=$(sources)
rm -rf "$target.partial"
mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --customize-hook="'$here/customize.sh' \"\$1\" $suite" \
  "$suite" "$target.partial" - <<<"$sources"
# An https mirror is reached by the cache, which then can keep what it fetches.
printf '%s\n' "${sources//https:\/\//http://HTTPS///}" >"$target.partial/etc/apt/sources.list"
mv "$target.partial" "$target"
