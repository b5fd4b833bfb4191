# shellcheck shell=sh
# A throwaway broker on a generation that is not live yet, in a network namespace of its own: the real ports are free there,
# and nobody can reach it. Sourced by hooks.sh.
: "${dir:?}" "${certs:?}" "${kept?}" "${listeners?}" "${anonymous?}" "${line_feed?}"

try_broker() {
  scratch=$(mktemp -d /run/mosquitto-pi-trial.XXXXXX)
  chmod 0755 "$scratch"
  result=0
  unshare --net sh "$dir/hooks.sh" try-in-namespace "$dir" "$scratch" "$certs" || result=$?
  rm -rf "$scratch"
  return "$result"
}

# A copy of the settings, for mosquitto to read as it reads the live ones, in whatever order it finds them: on the staged files,
# without what would touch the live broker's database, log or pid file.
copy_settings() {
  cp -rL "$dir/mosquitto.conf" "$dir/conf.d" "$scratch/"
  find "$scratch" -type f -exec sed -Ei "s,/etc/mosquitto/current/conf\.d/?\$,$scratch/conf.d,
    s,/etc/mosquitto/current/,$real/,g
    ${kept:+s,$kept/,$certs/,g}
    /^ *(persistence|persistence_[a-z]+|autosave_[a-z_]+|log_dest|log_type|pid_file) /d" {} +
  printf '\n%s' 'log_dest stderr' 'log_type error' 'log_type warning' 'log_type notice' 'log_type information' '' >>"$scratch/mosquitto.conf"
  configuration=$line_feed$(find "$scratch" -type f -exec cat {} +)$line_feed
  elsewhere=$(printf '%s\n' "$configuration" | grep -E '^ *include_dir ' | grep -vxF "include_dir $scratch/conf.d") &&
    fail "the configuration also reads other files, which nobody can check here: $elsewhere"
  chmod -R go+rX "$scratch"
}

try_in_namespace() {
  scratch=$1
  ip link set lo up
  while read -r _ _ bind _; do
    case "$bind" in
      '*' | 0.0.0.0 | :: | 127.* | ::1) ;;
      *) ip address replace "$bind" dev lo ;;
    esac
  done <<END
$listeners
END
  real=$(cd "$dir" && pwd -P)
  copy_settings
  check_keeps_strangers_out
  # Read from the start, perhaps before the background job has opened it.
  : >"$scratch/log"
  /usr/sbin/mosquitto -c "$scratch/mosquitto.conf" >"$scratch/log" 2>&1 &
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
  open=false
  [ "$anonymous" = no ] || open=true
  for line in "allow_anonymous $open" "password_file $real/passwd" "acl_file $real/acl"; do
    case "$configuration" in
      *"$line_feed$line$line_feed"*) ;;
      *) fail "the configuration lacks the line: $line" ;;
    esac
  done
}

wait_until_running() {
  tries=0
  until grep -qE 'mosquitto version .* running' "$scratch/log"; do
    tries=$((tries + 1))
    if ! kill -0 "$broker" 2>/dev/null || [ "$tries" -gt 500 ]; then
      words=$(last_words)
      fail "mosquitto does not start with the new configuration: ${words:-it says nothing; see whether its package is whole (dpkg --verify mosquitto)}"
    fi
    sleep 0.02
  done
}
