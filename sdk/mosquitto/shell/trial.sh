# shellcheck shell=sh
# A throwaway broker on a generation that is not live yet, in a network namespace of its own: the real ports are free there,
# and nobody can reach it. Sourced by hooks.sh.
: "${dir:?}"

try_broker() {
  scratch=$(mktemp -d /run/mosquitto-pi-trial.XXXXXX)
  chmod 0755 "$scratch"
  result=0
  unshare --net sh "$dir/hooks.sh" try-in-namespace "$dir" "$scratch" || result=$?
  rm -rf "$scratch"
  return "$result"
}

# The staged configuration on the staged files, without what would touch the live broker's database, log or pid file.
trial_configuration() {
  cat "$dir/mosquitto.conf" "$dir"/conf.d/*.conf |
    sed -E '/^(include_dir|persistence|persistence_[a-z]+|autosave_[a-z_]+|log_dest|log_type|pid_file) /d' |
    sed "s,/etc/mosquitto/current/,$(realpath "$dir")/,g"
  printf '%s\n' 'log_dest stderr' 'log_type error' 'log_type warning' 'log_type notice' 'log_type information'
}

try_in_namespace() {
  scratch=$1
  ip link set lo up
  listeners | while read -r _ _ bind _; do
    case "$bind" in
      '*' | 0.0.0.0 | :: | 127.* | ::1) ;;
      *) ip address replace "$bind" dev lo ;;
    esac
  done
  trial_configuration >"$scratch/mosquitto.conf"
  chmod 0644 "$scratch/mosquitto.conf"
  check_keeps_strangers_out
  # Read from the start, perhaps before the background job has opened it.
  : >"$scratch/log"
  mosquitto -c "$scratch/mosquitto.conf" >"$scratch/log" 2>&1 &
  broker=$!
  trap end_trial EXIT
  wait_until_running
  complaints=$(grep -E '(Error|Warning)' "$scratch/log") && fail "mosquitto complains about the new configuration: $complaints"
  check_listeners
}

last_words() {
  grep -v 'Opening' "$scratch/log" | tail -n 5
}

end_trial() {
  kill "$broker" 2>/dev/null || :
  wait "$broker" 2>/dev/null || :
}

# Without these lines a broker starts all the same, and lets everybody do everything.
check_keeps_strangers_out() {
  anonymous=false
  ! plan_says 'anonymous yes' || anonymous=true
  for line in "allow_anonymous $anonymous" "password_file $(realpath "$dir")/passwd" "acl_file $(realpath "$dir")/acl"; do
    grep -qxF "$line" "$scratch/mosquitto.conf" || fail "the configuration lacks the line: $line"
  done
}

wait_until_running() {
  tries=0
  until grep -qE 'mosquitto version .* running' "$scratch/log"; do
    tries=$((tries + 1))
    if ! kill -0 "$broker" 2>/dev/null || [ "$tries" -gt 100 ]; then
      fail "mosquitto does not start with the new configuration: $(last_words)"
    fi
    sleep 0.1
  done
}
