# shellcheck shell=sh
# What it takes to make a generation live: nothing, a SIGHUP or a restart. Sourced by hooks.sh.
: "${dir:?}" "${note:?}"

# What the broker reads and differs from the generation $1, or is in one of the two only.
changed() {
  { (cd "$1" && find . -type f) && (cd "$dir" && find . -type f); } | sort -u | while read -r file; do
    case "$file" in
      ./*.sh | ./state | ./plan | ./canary) ;;
      *) cmp -s "$dir/$file" "$1/$file" || echo "${file#./}" ;;
    esac
  done
}

# Whether the installed version has the quirk $1. Of a version that the plan does not know, everything is to be feared.
quirk() {
  case "$(grep -F "version $(version) " "$dir/plan") " in
    ' ' | *" $1 "*) ;;
    *) return 1 ;;
  esac
}

# Says why the running broker has to be restarted to run this generation after the generation $1, if it has to.
restart_reason() {
  if ! systemctl --quiet is-active mosquitto.service; then
    echo "it does not run"
  elif ! [ -d "${1:-}" ] || [ "$(what_runs "$(main_pid)")" != "$(basename "$(realpath "$1")")" ]; then
    echo "it runs something else than the configuration before"
  else
    changed "$1" | while read -r file; do
      case "$file" in
        passwd | acl) ;;
        certs/server.crt | certs/server.key) certificate_reason "$1" ;;
        *) echo "a change of $file" ;;
      esac
    done | head -n 1
  fi
}

certificate_reason() {
  if [ "$(key_type "$dir/certs/server.crt")" != "$(key_type "$1/certs/server.crt")" ]; then
    echo "a server key of another type"
  elif quirk websockets-keep-certificate && listeners | grep -q ' websockets tls$'; then
    echo "a websockets listener keeps its certificate until then"
  fi
}

# The least that makes this generation live after the generation $1, if any; says on stdout what it was. When nothing that the
# broker reads has changed, the running one has to prove that it is sound.
activate() {
  reason=$(restart_reason "${1:-}")
  if [ -z "$reason" ] && [ -z "$(changed "$1")" ]; then
    if sh "$1/hooks.sh" verify "$1" 2>/dev/null; then
      note_loaded "$(restored_sessions)"
      echo nothing
      return
    fi
    reason="it does not prove sound"
  fi
  [ -n "$reason" ] || reason=$(reload_harm "$1/passwd")
  if [ -n "$reason" ]; then
    restart "$reason"
  else
    say "reloading mosquitto"
    kill -HUP "$(main_pid)"
    note_loaded "$(restored_sessions)"
    wait_for_reload
    echo reload
  fi
}

# restart [REASON]. By SIGTERM, on which the broker saves its sessions.
restart() {
  say "restarting mosquitto${1:+: $1}"
  systemctl reset-failed mosquitto.service 2>/dev/null || :
  systemctl restart mosquitto.service
  echo restart
}

# A signal takes its time, the more so when the broker hashes the passwords of all its clients anew. If it was not heeded,
# `verify` will tell.
wait_for_reload() {
  tries=0
  until answers; do
    tries=$((tries + 1))
    [ "$tries" -lt 25 ] || return 0
    sleep 0.2
  done
}

# ExecReload of the unit. Anyone's SIGHUP on a bad file would open a 2.0 broker to everybody (logrotate sends one), so it is
# passed on only when the files on disk make a broker that starts and refuses strangers; and a restart comes in its place when
# messages would be lost by it.
reload() {
  sh "$dir/hooks.sh" validate "$dir" ||
    fail "reload refused: the files in /etc/mosquitto/current do not make a sound broker; the running one goes on unchanged"
  reason=$(reload_harm "$(passwords_before)")
  if [ -n "$reason" ]; then
    say "restart in place of reload: $reason"
    # Once this process has ended: a restart in the middle of a reload counts as a failure of the service.
    systemd-run --quiet --collect --on-active=200ms --timer-property=AccuracySec=10ms systemctl try-restart mosquitto.service
  else
    kill -HUP "$1"
  fi
}

# The password file that the running process has loaded: this generation's, unless somebody has edited it since.
passwords_before() {
  [ -n "$(find "$dir/passwd" -newercm "$note" 2>/dev/null)" ] || echo "$dir/passwd"
}
