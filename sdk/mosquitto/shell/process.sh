# shellcheck shell=sh
# The process that runs: what it has loaded, and what it had to remember from before. Sourced by hooks.sh.
: "${dir:?}"

# Written when the process starts, whoever starts it (ExecStartPre of the unit), and after a reload of ours: the generation it
# has loaded, and how many sessions it took from its database. What is on disk does not tell, when a transaction was cut off
# between its commit and its end.
note=/run/pulumi-mosquitto-pi.mosquitto

loaded="" restored=""
[ ! -f "$note" ] || { read -r loaded && read -r _ restored; } <"$note" || :

# The name of the generation in folder $1, which may be a symlink.
generation_in() {
  folder=$(cd "$1" && pwd -P)
  echo "${folder##*/}"
}

# note_loaded RESTORED: that the running process has loaded this generation.
note_loaded() {
  printf '%s\n' "$(generation_in "$dir")" "restored $1" >"$note.new"
  mv "$note.new" "$note"
}

has_loaded() {
  [ "$loaded" = "$(generation_in "$1")" ]
}

version() {
  /usr/sbin/mosquitto -h 2>/dev/null | while read -r name what number _; do
    [ "$name $what" != 'mosquitto version' ] || echo "$number"
  done
}

# Asks systemd about the service: sets $state, $pid, which is 0 when it does not run, and $foreign, a command that it has from
# somebody else: `ExecReload=/bin/kill -HUP $MAINPID`.
ask_systemd() {
  answer=$(systemctl show mosquitto.service -p ActiveState,MainPID,ExecStart,ExecReload 2>/dev/null) || :
  state="" pid=0 foreign=""
  while read -r line; do
    case "$line" in
      ActiveState=*) state=${line#*=} ;;
      MainPID=*) pid=${line#*=} ;;
      Exec*'argv[]='*)
        command=${line#*'argv[]='}
        command=${line%%=*}=${command%% ;*}
        [ "$command" = "ExecStart=$start" ] || [ "$command" = "ExecReload=$guarded_reload" ] || foreign=$command
        ;;
    esac
  done <<END
$answer
END
}

# Whether the process has taken each SIGHUP that it was sent, and does not ignore them: SIGHUP is the lowest bit.
has_taken_signals() {
  while read -r kind mask; do
    case "$kind$mask" in SigPnd:*[13579bdf] | ShdPnd:*[13579bdf] | SigIgn:*[13579bdf]) return 1 ;; esac
  done <"/proc/$pid/status"
}

# Whether the process is confined as systemd.conf has it: this comes with all the rest, on any kernel.
is_sandboxed() {
  grep -qs '^NoNewPrivs:[[:space:]]*1$' "/proc/$pid/status"
}

# By what systemd has said.
is_active() {
  [ "$state" = active ] || [ "$state" = reloading ]
}

command_line() {
  words=$(tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null)
  echo "${words% }"
}

# As systemd.conf has them.
start='/usr/sbin/mosquitto -c /etc/mosquitto/current/mosquitto.conf'
# shellcheck disable=SC2016
guarded_reload='/bin/sh /etc/mosquitto/current/hooks.sh reload $MAINPID'

# What is seen of the broker from outside, as `name value` lines. Quick, without a login, and whatever state the host is in.
observe() {
  version=$(version)
  echo "version ${version:-none}"
  ask_systemd
  runs=$(what_runs)
  [ "$runs" = nothing ] || is_sandboxed || runs=other
  echo "loaded $runs"
  [ -z "$foreign" ] || echo "foreign $foreign"
  echo "clients $(count_clients)"
  case "$restored" in
    0) echo restored no ;;
    *[!0-9]* | '') echo restored unknown ;;
    *) echo restored yes ;;
  esac
  sed -n 's/^\(issuers\|trusts\|client\) \([^ ]*\) /\1-\2 /p' "$dir/plan" 2>/dev/null
  passwords=$(grep -sav -D skip '^pulumi-canary:' "$dir/passwd" | sha256sum)
  passwords=${passwords%"${passwords#????????????????}"}
  echo "passwords $passwords"
  sed -n '/^pulumi-canary:/d; s/^\([^:]*\):.*/summary passwd user \1/p' "$dir/passwd" 2>/dev/null
  echo "summary passwd digest of the password hashes: $passwords"
}

what_runs() {
  if [ "$pid" -eq 0 ]; then
    echo nothing
  elif [ "$(command_line "$pid")" = "$start" ]; then
    echo "$loaded"
  else
    echo other
  fi
}

count_clients() {
  ports=""
  while read -r kind _ port _; do
    [ "$kind" != listener ] || ports="$ports or sport = :$port"
  done 2>/dev/null <"$dir/plan" || :
  if [ -z "$ports" ]; then
    echo unknown
  else
    ss -Htn state established "( ${ports# or } )" 2>/dev/null | grep -c '' || :
  fi
}
