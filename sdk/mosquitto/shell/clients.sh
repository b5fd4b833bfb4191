# shellcheck shell=sh
# Real clients, to be let in and to be turned away. Sourced by hooks.sh. Their passwords go by files, never by argv.
: "${dir:?}" "${certs:?}" "${listeners?}" "${anonymous?}" "${address=}" "${scratch=}" "${leaf=}" "${patience=0}"

# All at once: each step of a websocket takes mosquitto 2.0 a tenth of a second.
check_listeners() {
  checks=""
  while read -r name port bind protocol security; do
    reach "$bind"
    check_unless_full &
    checks="$checks $!"
  done <<END
$listeners
END
  failed=no
  for check in $checks; do wait "$check" || failed=yes; done
  [ "$failed" = no ] || exit 1
}

# A listener that has all the clients it may have takes no other, ours neither: that is no fault of its own, and no use to wait for.
check_unless_full() {
  ! is_full "$port" || patience=0
  complaint=$(check_listener 2>&1) && return
  is_full "$port" || {
    say "$complaint"
    exit 1
  }
  say "listener $name: not checked, since it has its maxConnections, $most, already"
}

# A port that is not open yet, and a login or a certificate that is not yet as it should be, is asked for again for
# $patience seconds, and ports for twice as long.
check_listener() {
  eventually $((patience * 2)) is_open "$port" || fail "listener $name: nothing answers on $address port $port"
  case "$protocol $security" in
    'mqtt mutual-tls') check_tls needs_certificate "a client without a certificate was not turned away" ;;
    mqtt*)
      # Our own client minds the dates, too.
      [ "$security" = none ] || [ "${dates-}" != ignored ] || verify_chain >/dev/null || {
        check_tls serves_leaf ""
        return
      }
      check_logins "$name" "$address" "$port" "$security"
      [ -z "$leaf" ] || [ "$security" = none ] || check_tls serves_leaf ""
      ;;
    websockets*) check_tls opens_websocket "no websocket on $address port $port" ;;
  esac
}

# Whether the listener on port $1 has $most clients.
is_full() {
  limits_listeners || return 1
  most=$(sed -sn "/^listener $1\( \|$\)/,\$ s/^max_connections //p" "$dir"/conf.d/*.conf)
  [ -n "$most" ] && [ "$(ss -Htn state established "sport = :$1" | grep -c '')" -ge "$most" ]
}

is_open() {
  [ -n "$(ss -Hltn "sport = :$1")" ]
}

# connect OPTION…: openssl's client, told to hang up.
connect() {
  case "$address" in *:*) where="[$address]:$port" ;; *) where=$address:$port ;; esac
  timeout 10 openssl s_client -connect "$where" "$@" 2>&1
}

# check_tls TEST COMPLAINT: a test makes one connection, which also tells the certificate. It has to be $leaf; any will do for the
# trial broker, which has been given no other, while a live one may go on with the one before.
check_tls() {
  if eventually "$patience" "$1"; then return; fi
  case "$answer" in
    *"$leaf"*) fail "listener $name: $2" ;;
    *'BEGIN CERTIFICATE'*) fail "listener $name: it serves another certificate than certs/server.crt" ;;
    *) fail "listener $name: no TLS handshake on port $port" ;;
  esac
}

serves_leaf() {
  answer=$(connect </dev/null || :)
  has_leaf
}

has_leaf() {
  case "$answer" in *"$leaf"*) ;; *) return 1 ;; esac
}

# Without a client certificate the server must hang up. TLS 1.3 says so only after the handshake: wait for it (-ign_eof).
needs_certificate() {
  answer=$(connect -ign_eof </dev/null || :)
  has_leaf && case "$answer" in
    *"certificate required"* | *"handshake failure"*) ;;
    *) return 1 ;;
  esac
}

# Asks for a websocket and, with its first frame, to close it again.
opens_websocket() {
  answer=$(
    printf '%s\r\n' 'GET /mqtt HTTP/1.1' 'Host: localhost' 'Upgrade: websocket' 'Connection: Upgrade' \
      'Sec-WebSocket-Key: cHVsdW1pLWNhbmFyeS1waQ==' 'Sec-WebSocket-Version: 13' 'Sec-WebSocket-Protocol: mqtt' \
      "$(printf '\r\n\210\200\001\001\001\001')" | connect -ign_eof || :
  )
  has_leaf && case "$answer" in
    *" 101 "*) ;;
    *) return 1 ;;
  esac
}

# A TLS websockets listener of mosquitto 2.0 takes a new certificate at a SIGHUP only when somebody has opened a websocket there
# since the start.
wake_websockets() {
  leaf=""
  on_secure_websockets opens_websocket || :
}

websockets_renew() {
  leaf=$(openssl x509 -in "$certs/server.crt")
  on_secure_websockets eventually 5 serves_leaf
}

# on_secure_websockets COMMAND…: for each of those listeners, until it fails.
on_secure_websockets() {
  while read -r name port bind protocol security; do
    [ "$protocol $security" = 'websockets tls' ] || continue
    reach "$bind"
    "$@" || return 1
  done <<END
$listeners
END
}

# publish ADDRESS PORT SECURITY USER PASSWORD OPTION…: as mosquitto_pub, whose exit code is the broker's answer to the login. The
# client id and the keepalive are ones that every listener takes; of two clients with one id, the first would have to go.
publish() (
  umask 077
  {
    printf '%s\n' "-h $1" "-p $2" "-i pulumi-canary-$name" '-k 10'
    [ "$3" = none ] || printf '%s\n' "--cafile $certs/ca.crt" --insecure
    [ -z "$4" ] || printf '%s\n' "-u $4" "-P $5"
  } >"$scratch/$name/mosquitto_pub"
  shift 5
  XDG_CONFIG_HOME=$scratch/$name timeout 10 mosquitto_pub "$@" 2>&1
)

check_logins() {
  mkdir "$scratch/$name"
  { read -r canary && read -r password; } <"$dir/canary"
  eventually "$patience" lets_canary_in "$2" "$3" "$4" ||
    fail "listener $1: the canary could not log in; the broker does not run this configuration: $answer"
  # No rule grants it this topic.
  case "$answer" in
    *'Not authorized'* | *'QoS not supported'*) ;;
    *) fail "listener $1: a client may publish to a topic that no rule allows: the broker does not hold to the ACL" ;;
  esac
  expect_refused "$@" "$canary" "not-$password"
  [ "$anonymous" = yes ] || expect_refused "$@" "" ""
}

# Only MQTT 5 tells a publisher that its topic is denied, and only with QoS 1.
lets_canary_in() {
  answer=$(publish "$@" "$canary" "$password" -t pulumi-canary-denied -n -V 5 -q 1)
}

# expect_refused NAME ADDRESS PORT SECURITY USER PASSWORD
expect_refused() {
  code=0
  answer=$(publish "$2" "$3" "$4" "$5" "$6" -t pulumi-canary-denied -n -q 0) || code=$?
  [ "$code" -eq 5 ] || fail "listener $1: expected that ${5:-an anonymous client}${5:+ with a wrong password} is refused (code 5), got code $code: $answer"
}
