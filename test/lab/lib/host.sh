# shellcheck shell=bash
# One Pi: its disk (an overlay on the base image), its identity, its life.

host_dir() { printf '%s/%s\n' "$STATE" "$1"; }
host_exists() { [[ -f $(host_dir "$1")/host.json ]]; }
host_group() { printf '%s/host-%s\n' "$(lab_bridge)" "$1"; }
host_running() { cgroup_running "$(host_group "$1")"; }

# host.json is written below, one member a line.
host_get() { sed -n "s/^ *\"$2\": \"\(.*\)\",\{0,1\}$/\1/p" "$(host_dir "$1")/host.json"; }

lab_hosts() {
  local file
  for file in "$STATE"/*/host.json; do
    if [[ -f $file ]]; then basename "$(dirname "$file")"; fi
  done
}

free_address() {
  local net number
  net=$(lab_address)
  for number in {10..250}; do
    grep -qsF "\"ip\": \"${net%.1}.$number\"" "$STATE"/*/host.json || break
  done
  echo "${net%.1}.$number"
}

host_create() {
  local name=$1 suite=$2 disk=$3 dir upper ip kind
  local -A bits=([ed25519]=256 [ecdsa]=256 [rsa]=2048)
  dir=$(host_dir "$name") upper=$dir/upper
  ip=$(free_address)
  rm -rf "$dir"
  mkdir -p "$dir/root" "$dir/work" "$upper"/etc/{ssh,apt/apt.conf.d} "$upper/home/pi/.ssh"
  for kind in ed25519 ecdsa rsa; do
    # A short RSA key saves half a second a host.
    ssh-keygen -q -t "$kind" -b "${bits[$kind]}" -N '' -C "root@$name" -f "$upper/etc/ssh/ssh_host_${kind}_key"
    sed "s/^/$ip /" "$upper/etc/ssh/ssh_host_${kind}_key.pub" >>"$dir/known_hosts"
  done
  echo "$name" >"$upper/etc/hostname"
  # sudo waits for DNS when a host does not know itself.
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost ip6-localhost\n' "$name" >"$upper/etc/hosts"
  printf 'Acquire::http::Proxy "http://%s:%s";\n' "$(lab_address)" "$APT_PORT" >"$upper/etc/apt/apt.conf.d/90lab"
  cp "$STATE/key.pub" "$upper/home/pi/.ssh/authorized_keys"
  chown -R 1000:1000 "$upper/home/pi"
  chmod 0700 "$upper/home/pi" "$upper/home/pi/.ssh"
  profile_"$suite" "$upper" "$ip"
  cat >"$dir/host.json.new" <<JSON
{
  "name": "$name",
  "ip": "$ip",
  "suite": "$suite",
  "user": "pi",
  "privateKeyPath": "$STATE/key",
  "hostKey": "$(cut -d' ' -f1,2 "$upper/etc/ssh/ssh_host_ed25519_key.pub")",
  "hostKeyEcdsa": "$(cut -d' ' -f1,2 "$upper/etc/ssh/ssh_host_ecdsa_key.pub")",
  "hostKeyRsa": "$(cut -d' ' -f1,2 "$upper/etc/ssh/ssh_host_rsa_key.pub")",
  "knownHostsPath": "$dir/known_hosts",
  "image": "$(image_path "$suite")"
}
JSON
  if [[ $disk ]]; then
    disk_create "$name" "$suite"
  else
    # What it has written survives a cut anyhow: dpkg need not wait for this machine's disk.
    mkdir -p "$upper/etc/dpkg/dpkg.cfg.d"
    echo force-unsafe-io >"$upper/etc/dpkg/dpkg.cfg.d/lab"
  fi
  mv "$dir/host.json.new" "$dir/host.json"
}

# Raspberry Pi OS bookworm calls the wired network so; its file is NetworkManager's own.
profile_bookworm() {
  local file="$1/etc/NetworkManager/system-connections/Wired connection 1.nmconnection"
  mkdir -p "$(dirname "$file")"
  (umask 077 && cat >"$file") <<KEYFILE
[connection]
id=Wired connection 1
uuid=$(cat /proc/sys/kernel/random/uuid)
type=ethernet
interface-name=host0

[ipv4]
method=manual
address1=$2/24

[ipv6]
method=link-local
KEYFILE
}

# Raspberry Pi OS trixie: netplan's YAML is the source, NetworkManager's profile is made from it at boot, the UUID is the same on every Pi.
profile_trixie() {
  local uuid=75a1216a-9d1a-30cd-8aca-ace5526ec021
  local file=$1/etc/netplan/90-NM-$uuid.yaml
  mkdir -p "$(dirname "$file")"
  (umask 077 && cat >"$file") <<YAML
network:
  version: 2
  ethernets:
    NM-$uuid:
      renderer: NetworkManager
      match:
        name: "host0"
      addresses:
      - "$2/24"
      networkmanager:
        uuid: "$uuid"
        name: "netplan-eth0"
YAML
}

host_boot() {
  local name=$1 dir ip
  dir=$(host_dir "$name") ip=$(host_get "$name" ip)
  cgroup_start "$(host_group "$name")" "$dir/console.log" unshare --mount --propagation private -- \
    "$LAB_DIR/lib/power.sh" "$name" "$(host_get "$name" image)" "$dir" "$(lab_bridge)" "${ip##*.}"
}

# PID 1 of the host, as this machine numbers it.
host_init() { head -n 1 "$CGROUPS/$(host_group "$1")/payload/init.scope/cgroup.procs"; }

# Asks for a reboot from inside and returns when the old system is gone.
host_reboot() {
  local init tries
  init=$(process_identity "$(host_init "$1")") || die "$1 is not running a system."
  nsenter --target "${init%% *}" --all systemctl reboot
  for ((tries = 0; tries < 600; tries++)); do
    process_alive "$init" || return 0
    sleep 0.05
  done
  die "$1 did not go down for its reboot within 30 s; its console: $(host_dir "$1")/console.log"
}

# Frozen first: no process sees its disk fail.
host_cut() {
  local group
  group=$(host_group "$1")
  if [[ ${2:-kept} != kept ]]; then
    cgroup_freeze "$group"
    disk_fail "$1" "$2"
  fi
  cgroup_kill "$group"
}

host_remove() {
  host_cut "$1"
  rm -rf "$(host_dir "$1")"
}

# Looked up from outside: connecting too early costs a second, for the kernel asks for an unknown neighbour but once a second.
host_listens() {
  local init
  init=$(host_init "$1" 2>/dev/null) && [[ $init ]] || return 1
  grep -qswF "$(host_get "$1" ip)" "/proc/$init/net/fib_trie" && grep -qs ':0016 00000000:0000 0A' "/proc/$init/net/tcp"
}

host_wait() {
  local name=$1 deadline=$((SECONDS + 60)) problem='nothing listens on port 22' console
  console="its console: $(host_dir "$1")/console.log"
  until host_listens "$name" && problem=$(host_logs_in "$name"); do
    host_running "$name" || die "$name does not run; $console"
    ((SECONDS < deadline)) || die "$name did not answer SSH within 60 s: $problem; $console"
    sleep 0.05
  done
}

# Prints why not. PAM refuses logins until the system is up.
host_logs_in() { lab_ssh "$1" -o ConnectTimeout=2 -- true </dev/null 2>&1; }

# Usage: lab_ssh NAME [ssh option…] [-- command…]
# The option takes a list of files: the inner quotes keep a path with a blank in one piece.
lab_ssh() {
  local name=$1 options=()
  shift
  while (($#)) && [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  ssh -F none -i "$STATE/key" -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes -o LogLevel=ERROR \
    -o StrictHostKeyChecking=yes -o UserKnownHostsFile="\"$(host_dir "$name")/known_hosts\"" -o GlobalKnownHostsFile=none \
    "${options[@]}" "pi@$(host_get "$name" ip)" "${@:2}"
}
