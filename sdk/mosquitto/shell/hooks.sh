#!/bin/sh
# The broker's part of a transaction: hooks.sh VERB GENERATION [OLD-GENERATION]. It is kept in the generation that it is
# about, so a rollback is checked by the rules of the generation it goes back to.
set -eu
export LC_ALL=C
verb=$1
case "$verb" in
  starting | reload) dir=/etc/mosquitto/current ;;
  *) dir=$2 ;;
esac
. "$dir/process.sh"
if [ "$verb" = observe ]; then
  observe
  exit
fi
. "$dir/listeners.sh"
. "$dir/certificates.sh"
. "$dir/clients.sh"
. "$dir/trial.sh"

validate() {
  check_ports_free
  check_certificates
  try_broker
}

# What the broker reads and differs from the old generation $1, or is in one of the two only.
changed() {
  { (cd "$1" && find . -type f) && (cd "$dir" && find . -type f); } | sort -u | while read -r file; do
    case "$file" in
      ./*.sh | ./state | ./plan | ./canary) ;;
      *) cmp -s "$dir/$file" "$1/$file" || echo "$file" ;;
    esac
  done
}

# Whether a SIGHUP makes the changes $1 live on a broker that runs the old generation $2.
reloadable() {
  for file in $1; do
    case "$file" in
      ./passwd | ./acl) ;;
      ./certs/server.crt | ./certs/server.key) same_key_type "$2" && no_websockets || return 1 ;;
      *) return 1 ;;
    esac
  done
  # 2.0 loses queued QoS 1 messages of restored sessions on SIGHUP; without persistence no session is ever restored.
  case "$(version)" in
    2.0.*) grep -qx 'persistence false' "$dir/mosquitto.conf" ;;
  esac
}

same_key_type() {
  [ "$(key_type "$dir/certs/server.crt")" = "$(key_type "$1/certs/server.crt")" ]
}

# A TLS websockets listener of 2.0 keeps its old certificate through a SIGHUP.
no_websockets() {
  ! listeners | grep -q ' websockets tls$'
}

# The least that makes this generation live after the old one $1, if any; says on stdout what it was. When nothing that the
# broker reads has changed, the running one has to prove that it is sound.
activate() {
  if ! { [ -d "${1:-}" ] && systemctl --quiet is-active mosquitto.service && has_loaded "$1"; }; then
    restart
    return
  fi
  changes=$(changed "$1")
  if [ -z "$changes" ] && sh "$1/hooks.sh" verify "$1" 2>/dev/null; then
    note_loaded "$(restored_sessions)"
    echo nothing
  elif [ -n "$changes" ] && reloadable "$changes" "$1"; then
    say "reloading mosquitto"
    systemctl reload mosquitto.service
    note_loaded "$(restored_sessions)"
    echo reload
  else
    restart
  fi
}

restart() {
  say "restarting mosquitto"
  systemctl reset-failed mosquitto.service 2>/dev/null || :
  systemctl restart mosquitto.service
  echo restart
}

# From outside the configuration: what clients of the live broker see.
verify() {
  systemctl --quiet is-active mosquitto.service || fail "mosquitto.service is not active"
  has_loaded "$dir" || fail "mosquitto.service runs another configuration than $dir"
  check_listeners
  systemctl --quiet is-active mosquitto.service || fail "mosquitto.service stopped while it was being checked"
}

report() {
  echo "mosquitto $(version)"
  listeners | while read -r name port _; do echo "listening $name $port"; done
}

# ExecReload of the unit. Anyone's SIGHUP on a bad file would open a 2.0 broker to everybody (logrotate sends one), so it is
# passed on only when the files on disk make a broker that starts and refuses strangers.
reload() {
  sh "$dir/hooks.sh" validate "$dir" ||
    fail "reload refused: the files in /etc/mosquitto/current do not make a sound broker; the running one goes on unchanged"
  kill -HUP "$1"
}

# The broker's own last words; systemd's journal has none of them when the log goes to a file.
log() {
  file=$(sed -n 's/^log_dest file //p' "$dir/mosquitto.conf")
  [ ! -f "$file" ] || tail -n 8 "$file" >&2
}

case "$verb" in
  validate | verify | restart | report | log) "$verb" ;;
  activate)
    shift 2
    activate "$@"
    ;;
  starting) note_loaded "$(count_restorable)" ;;
  reload) reload "$2" ;;
  try-in-namespace) try_in_namespace "$3" ;;
  *) fail "no such verb: $verb" ;;
esac
