# shellcheck shell=sh
# What `sh -s VERB` on the Pi reads from standard input; the payload function is appended by payload.ts.
# All of it is a function: nothing runs before the last line has come, so a connection that drops on the way changes nothing.
main() {
  if [ "$(id -u)" -eq 0 ]; then
    payload | sh -c "$unpack_and_run" mosquitto-pi "$1" "${SSH_CONNECTION-}"
  else
    code=0
    payload | sudo -n sh -c "$unpack_and_run" mosquitto-pi "$1" "${SSH_CONNECTION-}" || code=$?
    # That is what sudo ends with when it refuses, and nothing that it runs.
    [ "$code" -eq 1 ] || return "$code"
    user=$(id -un)
    echo "connection.user: expected root or a user whose sudo asks for no password, got \"$user\"; on the Pi, run: echo '$user ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/010-$user-nopasswd" >&2
    return 1
  fi
}

# /run is in memory: what is secret in the payload reaches the card only with its final owner and mode. What is said may hold what
# others chose, such as names in a log: no control characters, nor what Pulumi takes for a colour.
# All upgrades of a year take a small Pi more than half an hour.
# shellcheck disable=SC2016
unpack_and_run='
  umask 077
  dir=$(mktemp -d /run/mosquitto-pi.XXXXXX) || exit 2
  trap "rm -rf \"$dir\"" EXIT
  trap "" PIPE HUP INT TERM
  { cat >"$dir/archive" && tar -xzf "$dir/archive" -C "$dir" 2>/dev/null; } || {
    echo "error: host: expected room in /run for what is deployed, which stays in memory until it is checked; look there: df -h /run; nothing has changed" >&2
    exit 2
  }
  echo 0 >"$dir/code"
  minutes=30
  ! grep -q "^upgrade " "$dir/state" || minutes=120
  {
    { timeout -k 30 "${minutes}m" sh "$dir/$1.sh" "$2" 2>&1 >&3 3>&- || echo $? >"$dir/code"; } |
      LC_ALL=C sed -u "s/<{%/<{ %/g; s/[\x00-\x08\x0b-\x1f\x7f]/?/g" >&2
  } 3>&1
  read -r code <"$dir/code"
  case "$code" in 124 | 137)
    echo "error: killed on the host, after $minutes minutes or because its memory ran out (dmesg tells); what is live is whole, old or new, and packages are installed to the end: run it again" >&2 || : ;;
  esac
  [ "$code" -ne 1 ] || code=2
  exit "$code"
'
