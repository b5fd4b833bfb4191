#!/usr/bin/env bash
# Makes a bare clone ready: Debian's packages, npm's packages, the compiled SDK. Idempotent; what is there is kept.
# Usage: bootstrap.sh [Debian package…]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${MOSQUITTO_PI_CACHE:-$root/.cache}
# shellcheck source=test/support/ownFolder.sh
. "$root/test/support/ownFolder.sh"

say() { printf 'set-up: %s\n' "$*"; }

die() {
  printf 'set-up: FAILED: %s\n' "$*" >&2
  exit 1
}

need_node() {
  local version
  version=$(node --version 2>/dev/null) || die "Node.js 20 or newer is needed and is not installed"
  [ "$(cut -d. -f1 <<<"${version#v}")" -ge 20 ] || die "Node.js 20 or newer is needed, this is $version"
}

need_debian_packages() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" -eq 0 ] || die "the Debian packages ${missing[*]} are missing: run as root, or install them"
  say "installing ${missing[*]}"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } \
    >"$cache/apt.log" 2>&1 || die "apt-get could not install ${missing[*]}: $(tail -n 3 "$cache/apt.log")"
}

need_npm_packages() {
  local wanted
  wanted=$(sha256sum <"$root/package-lock.json")
  [ "$(cat "$root/node_modules/.installed" 2>/dev/null)" != "$wanted" ] || return 0
  say "installing the npm packages"
  (cd "$root" && npm ci --cache "$cache/npm" --no-audit --no-fund --loglevel=error) || die "npm ci failed; see above"
  printf '%s\n' "$wanted" >"$root/node_modules/.installed"
}

need_own_folder "$cache" "$root"
mkdir -p "$cache"
need_node
need_debian_packages "$@"
need_npm_packages
say "compiling the SDK"
node "$root/test/support/build.mjs"
