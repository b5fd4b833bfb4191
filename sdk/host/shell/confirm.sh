# shellcheck shell=sh
# Comes by standard input, over a connection of its own. Usage: confirm.sh CONCEPT yes|no ID…
# Says yes to a change that waits for it, or does not; and tells how it ended. ID is what the change was fed.
concept=$1
answer=$2
shift 2
run=/run/pulumi-mosquitto-pi.$concept

confirm() {
  # A word that comes late is no help: what is told is how it ended.
  [ "$answer" != yes ] || : >"$run/confirmed"
  while systemctl --quiet is-active "pulumi-mosquitto-pi-$concept.service"; do sleep 0.2; done
  grep -qs '^generation ' "$run/report" && return
  cat "$run/log" >&2
  return 1
}

if [ "$(cat "$run/id" 2>/dev/null)" = "$*" ]; then
  confirm
else
  echo "error: expected the change that this program has begun, got another, or none: the host was restarted, or somebody else deployed" >&2
  exit 1
fi
exit
