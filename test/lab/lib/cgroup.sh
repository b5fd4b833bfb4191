# shellcheck shell=bash
# Every process of a lab lives in a cgroup of its own lab and host: what has to end is ended there, and nothing else can be hit.

CGROUPS=/sys/fs/cgroup

# Runs the whole command in a private mount namespace with a pure cgroup2 tree, which systemd of trixie insists on. Nothing is
# mounted on the machine itself, and whatever is mounted in here is gone when the last process is.
enter_namespace() {
  if [[ ${LAB_NAMESPACE:-} != "$$" ]]; then
    unshare --mount true 2>/dev/null ||
      die "root may not mount here (a container without privileges?). The lab needs a real or virtual machine or a privileged container."
    LAB_NAMESPACE=$$ exec unshare --mount --propagation private -- "$@"
  fi
  unset LAB_NAMESPACE
  if [[ $(stat -f -c %T $CGROUPS) != cgroup2fs ]]; then
    mount -t cgroup2 cgroup2 $CGROUPS || die "this kernel offers no cgroup2 file system."
  fi
}

# Usage: cgroup_start GROUP LOG command…  Starts the command for good and returns when it is in its group.
cgroup_start() {
  local group=$1 log=$2
  shift 2
  mkdir -p "$CGROUPS/$group"
  # The caller's lock (9) must not live on in here.
  (
    echo "$BASHPID" >"$CGROUPS/$group/cgroup.procs"
    exec setsid "$@"
  ) </dev/null >>"$log" 2>&1 9>&- &
  until cgroup_running "$group"; do
    kill -0 $! 2>/dev/null || die "$1 did not start: $log"
    sleep 0.01
  done
}

cgroup_running() {
  grep -qs '^populated 1' "$CGROUPS/$1/cgroup.events"
}

cgroup_freeze() {
  local tries
  echo 1 >"$CGROUPS/$1/cgroup.freeze"
  for ((tries = 0; tries < 1000; tries++)); do
    ! grep -qs '^frozen 1' "$CGROUPS/$1/cgroup.events" || return 0
    sleep 0.005
  done
  die "processes in cgroup $1 do not freeze."
}

# Kills everything in the group at once, as a power cut does, and waits until it is gone.
cgroup_kill() {
  local tries
  [[ -d $CGROUPS/$1 ]] || return 0
  echo 1 >"$CGROUPS/$1/cgroup.kill"
  for ((tries = 0; tries < 200; tries++)); do
    if ! cgroup_running "$1"; then
      find "$CGROUPS/$1" -depth -type d -exec rmdir {} +
      return 0
    fi
    sleep 0.05
  done
  die "processes in cgroup $1 do not end."
}
