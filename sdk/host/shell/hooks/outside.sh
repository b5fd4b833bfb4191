# shellcheck shell=sh
# For the hooks of a concept that is changed apart from the connection: patience, and the word from outside. Sourced by hooks.sh.
: "${dir:?the folder of the generation}"

# Where a transaction that runs apart has its things; see apart.sh.
run=/run/pulumi-mosquitto-pi.${concept:?}
# shellcheck disable=SC2034
memory=/var/lib/pulumi-mosquitto-pi/$concept
# Seconds until a change that nobody confirms is taken back.
patience=$(cat "$dir/patience" 2>/dev/null || echo 60)
# Seconds after which the host goes back by itself, should nobody be left to tell it to. More than the patience.
# shellcheck disable=SC2034
most_seconds=$((patience + 30))

# The connection that brought this may end with the change: its program goes first.
leave_connection() {
  : >"$run/waiting"
  sleep 2
}

# Waits for a login that is newer than the change; see confirm.sh.
await_login() {
  cat /proc/sys/kernel/random/uuid >"$run/changed"
  eventually "$patience" test -e "$run/confirmed"
}
