# shellcheck shell=sh
# What it takes to make a generation live: nothing, a SIGHUP or a restart. Sourced by hooks.sh.
: "${dir:?}" "${certs:?}" "${note:?}" "${listeners?}" "${versions?}" "${restored?}" "${pid=0}"

# The files that the broker reads and whose bytes differ from those in one of the folders "$@", or that are in one of the two
# only. An empty folder is nothing to read. No symlink is ours; one among the settings it would follow.
changed() {
  for before; do
    [ ! -d "$before" ] || find "$before/./" "$dir/./" -type f ! -name '*.sh' ! -name 'pulumi-*' -exec sha256sum {} + \
      -o -type l -path '*/./conf.d/*.conf' -printf 'link  %p\n' |
      sed 's,  .*/\./,  ,; /  \(state\|plan\|canary\)$/d' | sort -k 2 | uniq -u | sed 's,^[^ ]*  ,,'
  done
}

# Whether the installed version has the quirk $1. Of a version that the plan does not know, everything is to be feared.
quirk() {
  installed=$(version)
  quirks=""
  while read -r known words; do
    [ "$known" != "$installed" ] || quirks=" $words "
  done <<END
$versions
END
  case "$quirks" in
    '' | *" $1 "*) ;;
    *) return 1 ;;
  esac
}

# Says why the running broker, which has loaded one of the generations "$@", has to be restarted to run this one; after what
# is $changed.
restart_reason() {
  if ! is_active; then
    echo "it does not run"
  elif ! [ -d "${1:-}" ] || [ "$(what_runs)" != "$(generation_in "$1")" ]; then
    echo "it runs something else than the configuration before"
  else
    while read -r file; do
      case "$file" in
        '' | passwd | acl | certs/clients.crl | certs/revoked) reason="" ;;
        certs/server.crt | certs/server.key)
          reason=""
          [ "$(key_type "$certs/server.crt")" = "$(key_type "${former:-$1/certs}/server.crt")" ] ||
            reason="a server key of another type"
          ;;
        certs/ca.crt | certs/client-ca.crt)
          reason=""
          takes_authorities || reason="a change of $file"
          ;;
        *) reason="a change of $file" ;;
      esac
      [ -z "$reason" ] || break
    done <<END
$changed
END
    [ -n "$reason" ] || is_sandboxed || reason="it runs outside of its sandbox"
    echo "$reason"
  fi
}

# Whether a reload is enough for other authorities: a listener that asks for certificates reads them again where it has a list of
# revoked ones, and no other reads them at all.
takes_authorities() {
  case "$listeners" in *mutual-tls*) [ -f "$dir/certs/clients.crl" ] ;; esac
}

# The least that makes this generation live after the generation $1, if any; says on stdout what it was. The running broker may
# also have loaded what is in $2: files of that generation from before somebody edited them. When nothing that the broker reads
# has changed, the running one has to prove that it is sound, by the checks of this generation: those before may be damaged.
activate() {
  ask_systemd
  check_overriding
  changed=$(changed "$@")
  reason=$(restart_reason "$@")
  if [ -z "$reason" ] && [ -z "$changed" ]; then
    note_loaded "$restored"
    if sh "$dir/hooks.sh" verify "$dir" 0 2>/dev/null; then
      echo nothing
      return
    fi
    reason="it does not prove sound"
  fi
  make_live "$reason" "$@"
}

# make_live REASON GENERATION…: by a restart when there is a reason for it, after what is $changed since these were live.
make_live() {
  reason=$1
  shift
  # shellcheck disable=SC2046
  [ -n "$reason" ] || reason=$(reload_harm $(password_files "$@"))
  if [ -n "$reason" ]; then
    restart "$reason"
  else
    case "$changed" in *certs/server.*) renews=yes ;; *) renews=no ;; esac
    say "reloading mosquitto"
    [ "$renews" = no ] || wake_websockets
    kill -HUP "$pid"
    note_loaded "$restored"
    if [ "$renews" = yes ] && ! websockets_renew; then
      restart "$(unless_deaf "a websockets listener keeps its certificate until then")"
    elif ! cut_revoked "$1"; then
      restart "$(unless_deaf "this kernel cuts no single connections, and one may be a revoked client's")"
    else
      echo reload
    fi
  fi
}

# Says why what a SIGHUP was for has not come true: $1, if it was taken.
unless_deaf() {
  if has_taken_signals; then echo "$1"; else echo "it does not take the SIGHUP that makes it read its files again"; fi
}

# Of the folders "$@", those that the running process may have loaded.
password_files() {
  for folder; do
    [ ! -f "$folder/passwd" ] || echo "$folder/passwd"
  done
}

# restart [REASON]. By SIGTERM, on which the broker saves its sessions.
restart() {
  say "restarting mosquitto${1:+: $1}"
  systemctl reset-failed mosquitto.service 2>/dev/null || :
  systemctl restart mosquitto.service
  echo restart
}

# ExecReload of the unit. Anyone's SIGHUP on a bad file would open a 2.0 broker to everybody (logrotate sends one), so it is
# passed on only when the files on disk make a broker that starts and refuses strangers, whatever the date; and a restart comes in
# its place when messages would be lost by it.
reload() {
  dates=ignored sh "$dir/hooks.sh" validate "$dir" ||
    fail "reload refused: the files in /etc/mosquitto/current do not make a sound broker; the running one goes on unchanged"
  # shellcheck disable=SC2046
  reason=$(reload_harm $(passwords_before))
  if [ -n "$reason" ]; then
    say "restart in place of reload: $reason"
    # Once this process has ended: a restart in the middle of a reload counts as a failure of the service.
    systemd-run --quiet --collect --on-active=200ms --timer-property=AccuracySec=10ms systemctl try-restart mosquitto.service
  else
    wake_websockets
    kill -HUP "$pid"
  fi
}

# The password file that the running process has loaded: this generation's, unless somebody has edited it since.
passwords_before() {
  [ -n "$(find "$dir/passwd" -newercm "$note" 2>/dev/null)" ] || echo "$dir/passwd"
}
