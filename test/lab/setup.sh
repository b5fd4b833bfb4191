#!/bin/bash
# Installs what the lab needs and builds its base images once. Usage: setup.sh [bookworm] [trixie]
set -euo pipefail
LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=test/lab/lib/common.sh
source "$LAB_DIR/lib/common.sh"
# shellcheck source=test/lab/lib/image.sh
source "$LAB_DIR/lib/image.sh"

missing_packages() {
  local tool package
  while read -r tool package; do
    PATH=$PATH:/usr/sbin:/sbin type -P "$tool" >/dev/null || echo "$package"
  done <<'TOOLS'
systemd-nspawn systemd-container
mmdebstrap mmdebstrap
apt-cacher-ng apt-cacher-ng
ip iproute2
nft nftables
ssh openssh-client
mkfs.ext4 e2fsprogs
TOOLS
}

install_tools() {
  local packages
  mapfile -t packages < <(missing_packages)
  ((${#packages[@]})) || return 0
  say "lab: installing ${packages[*]}"
  # The packaged apt-cacher-ng service is neither asked about tunnels nor started (RUNLEVEL): it would take the lab's port.
  echo 'apt-cacher-ng apt-cacher-ng/tunnelenable boolean false' | debconf-set-selections
  if ! { apt-get update -q && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${packages[@]}"; } \
    >"$LAB_ROOT/setup.log" 2>&1; then
    tail -n 20 "$LAB_ROOT/setup.log" >&2
    die "apt-get could not install ${packages[*]}: see its last lines above, all of them in $LAB_ROOT/setup.log."
  fi
  if [[ " ${packages[*]} " == *" apt-cacher-ng "* ]]; then systemctl --quiet disable apt-cacher-ng.service; fi
}

require_debian_root
(($#)) || set -- bookworm trixie
for suite in "$@"; do valid_suite "$suite"; done
mkdir -p "$IMAGES" "$RUN"
exec 8>"$LAB_ROOT/setup.lock"
flock 8
install_tools
for suite in "$@"; do
  image_ready "$suite" || image_build "$suite"
  echo "lab: image $suite: $(image_path "$suite")"
done
