# shellcheck shell=bash disable=SC2034,SC2154
# The Pi of the demo: one of the lab's, named after its suite, or the user's own, whose stack is named after its address.

on_lab() { [ "$stack" = bookworm ] || [ "$stack" = trixie ]; }

lab_host() { echo "pi-$stack"; }

lab_has_host() { test/lab/lab list | awk -v host="$(lab_host)" '$1 == "demo" && $2 == host { found = 1 } END { exit !found }'; }

need_debian_root() {
  [ "$(id -u)" -eq 0 ] && [ -f /etc/debian_version ] && return
  cat >&2 <<TEXT
npm run demo boots a Raspberry-Pi-like host in a container. For that it needs root on Debian (bookworm or newer).
This is $(id -un) on $(. /etc/os-release 2>/dev/null && echo "${PRETTY_NAME:-$OSTYPE}" || echo "$OSTYPE"). Nothing was done.
With a Raspberry Pi of your own, neither is needed:
  npm run demo -- --host 192.168.1.57 --user pi --key ~/.ssh/id_ed25519 --host-key "ssh-ed25519 AAAA…"
TEXT
  exit 1
}

# Boots it if need be, and sets how to reach it.
lab_pi() {
  local file
  file=$(test/lab/lab up "$(lab_host):$stack")
  member() { node -p 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))[process.argv[2]]' "$file" "$1"; }
  address=$(member ip) user=$(member user) key=$(member privateKeyPath) host_key=$(member hostKey)
}

need_own_pi() {
  node -e 'process.exit(require("net").isIP(process.argv[1]) ? 0 : 1)' "$address" ||
    die "--host wants the Pi's IP address (MQTT clients use it too), got \"$address\""
  [ "$verb" = proof ] && return
  [ -r "$key" ] || die "--key wants the file of your SSH private key, got \"$key\""
  [ -n "$host_key" ] || die "--host-key is missing: on the Pi, run \`cat /etc/ssh/ssh_host_ed25519_key.pub\` and give what it prints"
}
