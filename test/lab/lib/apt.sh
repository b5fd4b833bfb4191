# shellcheck shell=bash disable=SC2034,SC2153
# One apt cache for all labs of this cache folder, on a loopback address; every lab has a door to it on its bridge's address.

APT_ID=$(cksum <<<"$LAB_ROOT" | cut -d' ' -f1)
APT_GROUP=pilab-apt-$APT_ID
# Another loopback address for each cache folder, so that two clones don't meet on one port.
APT_ADDRESS=127.77.$((APT_ID >> 8 & 255)).$((APT_ID & 255))

apt_cache_up() {
  local dir=$LAB_ROOT/apt
  cgroup_running "$APT_GROUP" && return
  mkdir -p "$dir/conf" "$dir/cache" "$dir/log"
  # All of it: a package that was installed anew may have another user id than the one that filled the cache.
  chown -R apt-cacher-ng: "$dir/cache" "$dir/log"
  apt_cache_conf >"$dir/conf/acng.conf"
  cgroup_start "$APT_GROUP" "$dir/log/console.log" unshare --mount --propagation private -- "$LAB_DIR/lib/aptCache.sh" "$dir"
  apt_answers "$APT_ADDRESS" "$dir/log/console.log"
}

# ForceManaged: the cache serves this machine's Debian mirrors and is no way out to anything else.
apt_cache_conf() {
  local proxy main security
  main=$(main_mirror) security=$(security_mirror)
  cat <<CONF
BindAddress: $APT_ADDRESS
Port: $APT_PORT
ForeGround: 1
ExThreshold: 30
CacheDir: /var/cache/apt-cacher-ng
LogDir: /var/log/apt-cacher-ng
SupportDir: /usr/lib/apt-cacher-ng
ForceManaged: 1
Remap-main: http://${main#*://} ; $main
CONF
  [[ -z $security ]] || printf 'Remap-security: http://%s ; %s\n' "${security#*://}" "$security"
  proxy=$(apt-config dump Acquire::http::Proxy | sed -n 's/^Acquire::http::Proxy "\(.*\)";$/\1/p')
  [[ -z $proxy ]] || printf 'Proxy: %s\n' "$proxy"
}

apt_door_up() {
  local group
  group=$(lab_bridge)/apt
  cgroup_running "$group" && return
  cgroup_start "$group" "$STATE/apt.log" systemd-socket-activate --listen="$(lab_address):$APT_PORT" -- \
    /lib/systemd/systemd-socket-proxyd "$APT_ADDRESS:$APT_PORT"
  apt_answers "$(lab_address)" "$STATE/apt.log"
}

apt_answers() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    if (exec 3<>"/dev/tcp/$1/$APT_PORT") 2>/dev/null; then return; fi
    sleep 0.05
  done
  die "the apt cache does not answer at $1:$APT_PORT; see $2"
}

apt_cache_down_if_idle() {
  local state
  for state in "$RUN"/*/bridge; do
    [[ ! -f $state ]] || return 0
  done
  cgroup_kill "$APT_GROUP"
}
