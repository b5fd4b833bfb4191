# shellcheck shell=sh
# The plan of the generation, read; and messages. Sourced by hooks.sh.
: "${dir:?the folder of the generation}"

say() {
  printf '%s\n' "$*" >&2 || :
}

fail() {
  say "error: $*"
  exit 1
}

# One line a listener: name, port, address to bind or *, mqtt or websockets, none or tls or mutual-tls.
listeners() {
  sed -n 's/^listener //p' "$dir/plan"
}

plan_says() {
  grep -qx "$1" "$dir/plan"
}

# A port may be the running broker's, but nobody else's.
check_ports_free() {
  listeners | while read -r name port _; do
    holder=$(ss -Hltnp "sport = :$port" | sed -n 's/.*users:(("\([^"]*\)".*/\1/p' | grep -vx mosquitto | head -n 1)
    [ -z "$holder" ] || fail "listeners.$name.port: expected a free port, got $port, which \"$holder\" listens on; stop it, or choose another port"
  done
}

# Where to reach a listener bound to $1 from the host itself.
reach() {
  case "$1" in
    '*' | 0.0.0.0) echo 127.0.0.1 ;;
    ::) echo ::1 ;;
    *) echo "$1" ;;
  esac
}
