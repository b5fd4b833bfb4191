# shellcheck shell=sh
# What a SIGHUP does wrong: to the limits of listeners, and to sessions that the broker keeps for clients that are away. Sourced
# by hooks.sh.
#
# On SIGHUP, mosquitto 2.0 asks each session for its password again. One that has none in memory (it was restored from disk and
# its client has not come yet, or its client came by certificate and is away), or has another than the file by now, has no
# rights from then on, until its client comes: what is published for it meanwhile is lost, QoS 1 or not.
: "${dir:?}" "${listeners?}" "${restored?}" "${pid=0}"

keeps_sessions() {
  grep -qx 'persistence true' "$dir/mosquitto.conf" 2>/dev/null
}

database() {
  sed -n 's,/*$,,; s,^persistence_location \(.*\),\1/mosquitto.db,p' "$dir/mosquitto.conf"
}

# kept_sessions FILE: one line a session in a database of mosquitto 2.0, `PORT USER`. The port is that of the listener that the
# client came by, 0 when that is not known: it has not come since the broker's start. (2.0.11 may write the port of the session
# before there, its bytes swapped: a port that stays the same then tells nothing.) Fails when the file is of another format.
# perl belongs to every Debian system.
kept_sessions() {
  perl -e '
    open my $db, "<:raw", $ARGV[0] or exit 1;
    read $db, my $head, 23;
    $head =~ /^\0\xb5\0mosquitto db/ && unpack("x19 N", $head . "\0" x 4) == 6 or exit 1;
    while (read($db, my $chunk, 8)) {
      my ($kind, $length) = unpack "N2", $chunk;
      if ($kind == 6) {
        read($db, my $session, $length) == $length && $length >= 24 or exit 1;
        my ($id, $port, $user) = unpack "x14 n3", $session;
        print $port == unpack("v", pack "n", $port) ? 0 : $port, " ", substr($session, 24 + $id, $user) // "", "\n";
      } else { seek $db, $length, 1 or exit 1 }
    }' "$1"
}

# How many sessions a broker that starts now will find.
count_restorable() {
  if ! { keeps_sessions && [ -e "$(database)" ]; }; then
    echo 0
  elif sessions=$(kept_sessions "$(database)"); then
    printf '%s' "$sessions" | grep -c '' || :
  else
    echo unknown
  fi
}

# Says why a SIGHUP would do harm, if it would. "$@" are password files, one of which the running process has loaded; none
# when that is not known. Without persistence a restart would lose more messages.
reload_harm() {
  if limits_listeners && quirk lifts-listener-limits; then
    echo "a reload would lift maxConnections and maxQos of the listeners"
  elif ! keeps_sessions || ! quirk forgets-sessions; then
    return
  elif ! sessions=$(save_sessions); then
    echo "it is not known whether clients with a kept session are away"
  elif [ -z "$sessions" ]; then
    return
  elif printf '%s\n' "$sessions" | have_user_among "$(other_passwords "$@")"; then
    echo "a client with a kept session has another password now"
  else
    printf '%s\n' "$sessions" | sed 's/ .*//' | sort -u | absence_harm
  fi
}

# All kept sessions as they are now: on SIGUSR1 the broker saves its database, by rename(2).
save_sessions() {
  file=$(database)
  before=$(stat -c %i-%y "$file" 2>/dev/null) || :
  kill -USR1 "$pid" || return 1
  tries=0
  while [ "$(stat -c %i-%y "$file" 2>/dev/null)" = "$before" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 250 ] || return 1
    sleep 0.02
  done
  kept_sessions "$file"
}

# Reads ports by which clients with kept sessions came, and says why one of them would lose messages.
absence_harm() {
  while read -r port; do
    case "$(printf '%s\n' "$listeners" | sed -n "s/^[^ ]* $port .* //p")" in
      none | tls) ;;
      mutual-tls) ! quirk hides-absence || echo "a client with a certificate and a kept session may be away" ;;
      *)
        if asks_for_certificates; then
          echo "a client with a kept session is away, and may have come by certificate"
        elif [ "$restored" != 0 ]; then
          echo "a client with a kept session may not have been back since the broker's last start"
        fi
        ;;
    esac
  done | head -n 1
}

asks_for_certificates() {
  case "$listeners" in *' mutual-tls'*) ;; *) return 1 ;; esac
}

# Whether one of the sessions on standard input belongs to one of the users $1; `*` is everybody.
have_user_among() {
  case "$1" in
    '*') cat >/dev/null ;;
    *?*) sed 's/^[0-9]* //' | grep -xF -e "$1" >/dev/null ;;
    *) return 1 ;;
  esac
}

# Users whose line in the password file is another than in one of the files "$@", one a line; `*` when there are none. A user
# who has no line any more is to be out, unless certificates let users in that have none.
other_passwords() {
  [ $# -gt 0 ] || echo '*'
  for before; do
    lines_of_others "$before" "$dir/passwd"
    ! asks_for_certificates || lines_of_others "$dir/passwd" "$before"
  done
}

# The users of file $2 that have not the same line in $1.
lines_of_others() {
  awk -F: 'FILENAME == ARGV[1] { known[$0]; next } !($0 in known) { print $1 }' "$1" "$2"
}
