#!/usr/bin/env bash
# Sets up a Pulumi engine for the tests and the demo: CLI, Node.js language host and the three plugins, all in this
# repository's cache. What is there already is kept; a second run takes a moment.
# MOSQUITTO_PI_ENGINE=path|download|build forces where Pulumi comes from; MOSQUITTO_PI_CACHE moves the cache.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${MOSQUITTO_PI_CACHE:-$(cd "$here/../.." && pwd)/.cache}/engine
source=${MOSQUITTO_PI_ENGINE:-any}
version=3.259.0
oldest=3.200.0
plugins=(command@1.2.1 tls@5.6.1 random@4.21.2)
# shellcheck source=test/engine/build.sh
. "$here/build.sh"
# shellcheck source=test/support/ownFolder.sh
. "$here/../support/ownFolder.sh"

say() { printf 'engine: %s\n' "$*"; }

die() {
  printf 'engine: FAILED: %s\n' "$1" >&2
  printf 'engine: what to do: %s\n' "$2" >&2
  exit 1
}

# What the result depends on; a change sets up again.
fingerprint() {
  echo "$source"
  digest . | sha256sum
}

# Links the person's own Pulumi, so that the environment is the same wherever it came from.
from_path() {
  local path cli host found
  # Not our own links, which a shell that sourced env.sh finds first.
  path=$(tr : '\n' <<<"$PATH" | grep -vxF "$root/bin" | paste -sd :)
  cli=$(PATH=$path type -P pulumi) && host=$(PATH=$path type -P pulumi-language-nodejs) || return 1
  found=$("$cli" version 2>/dev/null) || return 1
  found=${found#v}
  if [ "$(printf '%s\n' "$oldest" "$found" | sort -V | head -n 1)" != "$oldest" ]; then
    say "pulumi $found on the PATH is older than $oldest: not used"
    return 1
  fi
  ln -sf "$cli" "$host" "$root/bin/"
  say "pulumi $found from the PATH ($cli)"
}

from_download() {
  local script=$root/work/install.sh log=$root/work/install.log official=$root/official
  say "pulumi $version: trying the official download"
  curl -fsSL --connect-timeout 5 --max-time 20 https://get.pulumi.com -o "$script" 2>/dev/null || {
    say 'the official download cannot be reached from here'
    return 1
  }
  timeout 600 sh "$script" --version "$version" --install-root "$official" --no-edit-path >"$log" 2>&1 || {
    say "the official installer failed: $(tail -n 1 "$log")"
    return 1
  }
  ln -sf "$official/bin/pulumi" "$official/bin/pulumi-language-nodejs" "$root/bin/"
}

from_modules() {
  build pulumi . github.com/pulumi/pulumi/pkg/v3/cmd/pulumi go.mod go.sum
  build pulumi-language-nodejs language github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs language
  ln -sf "$root/built/pulumi" "$root/built/pulumi-language-nodejs" "$root/bin/"
  stock_plugins=no
}

find_pulumi() {
  case $source in
    any) from_path || from_download || from_modules ;;
    path) from_path || die "no pulumi >= $oldest with pulumi-language-nodejs on the PATH" \
      'install Pulumi, or unset MOSQUITTO_PI_ENGINE to have it built' ;;
    download) from_download || die 'Pulumi could not be downloaded' \
      'check the network, or set MOSQUITTO_PI_ENGINE=build to build it from Go modules' ;;
    build) from_modules ;;
    *) die "MOSQUITTO_PI_ENGINE=$source" 'set it to path, download or build, or unset it' ;;
  esac
}

install_plugin() {
  local name=$1 number=$2 log=$root/work/$1.log kind="built from Go modules"
  # A machine that had to build Pulumi cannot download plugins either.
  if [ "$stock_plugins" = yes ] &&
    timeout 300 "$root/bin/pulumi" plugin install resource "$name" "$number" >"$log" 2>&1; then
    say "plugin $name $number: stock"
    return
  fi
  if [ "$name" = command ]; then
    kind='TEST DOUBLE, built from test/engine/command'
    build pulumi-resource-command . ./command go.mod go.sum command
  else
    build bridged . ./bridged go.mod go.sum bridged
    ln -f "$root/built/bridged" "$root/built/pulumi-resource-$name"
  fi
  "$root/bin/pulumi" plugin install resource "$name" "$number" --reinstall --file "$root/built/pulumi-resource-$name" \
    >"$log" 2>&1 || die "plugin $name $number does not install: $(tail -n 3 "$log")" "remove $root and run this again"
  # The engine made a copy: one file is enough.
  ln -f "$root/built/pulumi-resource-$name" "$root/home/plugins/resource-$name-v$number/"
  say "plugin $name $number: $kind"
}

need_own_folder "$root"
mkdir -p "$root/bin" "$root/built" "$root/home"
exec 9>"$root/lock"
flock -n 9 || {
  say 'another set-up is running here: waiting for it'
  flock 9
}
wanted=$(fingerprint)
if [ "$(cat "$root/ready" 2>/dev/null)" = "$wanted" ] && [ -x "$root/bin/pulumi" ]; then
  say "ready in $root"
  exit 0
fi

rm -rf "$root/ready" "$root/work" "$root/home/plugins"
mkdir -p "$root/work"
export PULUMI_HOME=$root/home PULUMI_SKIP_UPDATE_CHECK=true
stock_plugins=yes
find_pulumi
"$root/bin/pulumi" version >/dev/null || die 'pulumi does not start' "remove $root and run this again"
for plugin in "${plugins[@]}"; do install_plugin "${plugin%@*}" "${plugin#*@}"; done
clean_up
printf '%s\n' "$wanted" >"$root/ready"
say "pulumi $("$root/bin/pulumi" version) ready in $root ($(du -sh "$root" | cut -f1), $SECONDS s)"
