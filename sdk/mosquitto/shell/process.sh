# shellcheck shell=sh
# The process that runs: what it has loaded, and what it had to remember from before. Sourced by hooks.sh.
: "${dir:?}"

# Written when the process starts, whoever starts it (ExecStartPre of the unit), and after a reload of ours: the generation it
# has loaded, and how many sessions it took from its database. What is on disk does not tell, when a transaction was cut off
# between its commit and its end.
note=/run/pulumi-mosquitto-pi.mosquitto

loaded_generation() {
  sed -n 1p "$note" 2>/dev/null
}

# How many sessions the running process found at its start: a number, or unknown.
restored_sessions() {
  sed -n 's/^restored //p' "$note" 2>/dev/null
}

# note_loaded RESTORED: that the running process has loaded this generation.
note_loaded() {
  printf '%s\n' "$(basename "$(realpath "$dir")")" "restored $1" >"$note.new"
  mv "$note.new" "$note"
}

has_loaded() {
  [ "$(loaded_generation)" = "$(basename "$(realpath "$1")")" ]
}

version() {
  mosquitto -h 2>/dev/null | sed -n 's/^mosquitto version //p'
}

# Of the service; 0 when it does not run.
main_pid() {
  systemctl show mosquitto.service -p MainPID --value 2>/dev/null || echo 0
}

command_line() {
  tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | sed 's/ $//'
}

# As systemd.conf has it.
ours='/usr/sbin/mosquitto -c /etc/mosquitto/current/mosquitto.conf'

# What is seen of the broker from outside, as `name value` lines. Quick, without a login, and whatever state the host is in.
observe() {
  version=$(version)
  echo "version ${version:-none}"
  pid=$(main_pid)
  echo "loaded $(what_runs "${pid:-0}")"
  echo "clients $(count_clients)"
  case "$(restored_sessions)" in
    0) echo restored no ;;
    *[!0-9]* | '') echo restored unknown ;;
    *) echo restored yes ;;
  esac
  passwords=$(grep -sav -D skip '^pulumi-canary:' "$dir/passwd" | sha256sum | head -c 16)
  echo "passwords $passwords"
  sed -n '/^pulumi-canary:/d; s/^\([^:]*\):.*/summary passwd user \1/p' "$dir/passwd" 2>/dev/null
  echo "summary passwd digest of the password hashes: $passwords"
}

what_runs() {
  if [ "$1" -eq 0 ]; then
    echo nothing
  elif [ "$(command_line "$1")" = "$ours" ]; then
    loaded_generation
  else
    echo other
  fi
}

count_clients() {
  ports=$(sed -n 's/^listener [^ ]* \([0-9]*\) .*/or sport = :\1/p' "$dir/plan" 2>/dev/null | tr '\n' ' ')
  # shellcheck disable=SC2086
  ss -Htn state established "( ${ports#or } )" 2>/dev/null | grep -c '' || :
}
