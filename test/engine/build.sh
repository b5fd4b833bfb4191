# shellcheck shell=bash
# Sourced by setup.sh: builds from the pinned Go modules. Uses its `say` and `die`.
: "${here:?}" "${root:?}" "${version:?}"

go_advice='install Go 1.25.11 or newer (those of Debian bookworm and trixie are older; take it from go.dev/dl) and run this again'

# digest PATH...: of all sources below, relative to this folder.
digest() {
  (cd "$here" && find "$@" -type f ! -name '*.ts' ! -name '*.md' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
}

need_go() {
  local problem free
  type -P go >/dev/null || PATH=$PATH:/usr/local/go/bin
  type -P go >/dev/null || die 'Go is needed to build Pulumi and is not installed' "$go_advice"
  export GOPATH=$root/go GOMODCACHE=$root/go/mod GOCACHE=$root/go/cache GOFLAGS='-modcacherw -buildvcs=false' CGO_ENABLED=0
  # Go keeps counters in the person's configuration folder: not there, but mind what the person set there.
  export GOENV=${GOENV:-${XDG_CONFIG_HOME:-$HOME/.config}/go/env} XDG_CONFIG_HOME=$root/go/config
  problem=$(cd "$here" && go list -m 2>&1) || die "this Go does not fit: $problem" "$go_advice"
  free=$(df --output=avail -BG "$root" | tail -n 1 | tr -dc 0-9)
  [ "$free" -ge 8 ] || [ -e "$root/go" ] || die "only $free GB free in $root; a build takes 8 GB for some minutes" \
    'free some space, or set MOSQUITTO_PI_CACHE to a folder with more'
}

# build NAME MODULE_FOLDER PACKAGE INPUT...: $root/built/NAME, unless it stands already, made of the same inputs.
build() {
  local name=$1 module=$2 package=$3 output=$root/built/$1 log=$root/work/$1.log start=$SECONDS inputs
  shift 3
  inputs=$(digest "$@")
  [ "$(cat "$output.inputs" 2>/dev/null)" != "$inputs" ] || return 0
  need_go
  say "building $name from Go modules (minutes the first time)"
  (cd "$here/$module" && exec nice go build -v -trimpath -mod=readonly -o "$output" \
    -ldflags "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$version" "$package") >"$log" 2>&1 &
  show_progress $! "$start" "$log"
  wait $! || die "the build of $name failed (log: $log):
$(grep -vE '^(go: downloading .*|[^ :]+)$' "$log" | head -n 10)" \
    'if modules cannot be fetched, check the network and GOPROXY; then run this again, it goes on where it stopped'
  printf '%s\n' "$inputs" >"$output.inputs"
  say "built $name in $((SECONDS - start)) s"
}

show_progress() {
  local pid=$1 start=$2 log=$3 last=$SECONDS
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.5
    [ $((SECONDS - last)) -ge 15 ] || continue
    last=$SECONDS
    say "  $((SECONDS - start)) s: $(grep -c '^go: downloading' "$log") modules fetched, $(grep -cvE '^(go: |#|\.)' "$log") packages compiled"
  done
}

# The compiler's cache and the module sources are several GB and of no use once the binaries stand.
clean_up() {
  rm -rf "$root/go" "$root/work"
}
