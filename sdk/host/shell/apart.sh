# shellcheck shell=sh
# Runs a transaction apart from the connection that brought it, for one that ends that connection. Sourced by change.sh.
: "${here:?the folder of the payload}" "${concept:?}" "${memory:?}"

# What is there for as long as it runs, and until the next one: the payload, `log`, `report`; `waiting` when the connection may end,
# `changed`, with a word that nobody can guess, when the change is to be confirmed; `confirmed` when it is.
run=/run/pulumi-mosquitto-pi.$concept
unit=pulumi-mosquitto-pi-$concept.service

# Returns when the transaction waits to be confirmed, or is over.
run_apart() {
  # Until the connection that brought it has had its answer: who comes second must not take the things of the first away.
  exec 8>"$run.lock"
  { flock -n 8 && ! systemctl --quiet is-active "$unit"; } ||
    fail "$concept: expected that no other change of it is under way, but one has just begun, waits to be confirmed, or goes back; run pulumi up again in a minute"
  rm -rf "$run"
  cp -a "$here" "$run"
  # Whoever looks at this host has to see that there was a try, should it end before all is well: the next one is another, then.
  install -d -m 0755 "${memory%/*}" "$memory"
  cp "$here/id" "$memory/begun"
  printf '%s\n' "$2" >"$run/connection"
  systemd-run --quiet --collect --unit="$unit" --property=RuntimeMaxSec=1800 \
    --property=StandardOutput="file:$run/report" --property=StandardError="file:$run/log" sh "$run/$1"
  until [ -e "$run/waiting" ] || ! systemctl --quiet is-active "$unit"; do sleep 0.2; done
  cat "$run/log" >&2
  [ -e "$run/waiting" ] || is_over_well
}

# Its report is written when all else is done.
is_over_well() {
  grep -qs '^generation ' "$run/report"
}
