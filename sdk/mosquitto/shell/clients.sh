# shellcheck shell=sh
# Real clients, to be let in and to be turned away. Sourced by hooks.sh. Their passwords go by files, never by argv.
: "${dir:?}"

check_listeners() {
  listeners | while read -r name port bind protocol security; do
    address=$(reach "$bind")
    wait_for_port "$address" "$port" || fail "listener $name: nothing answers on $address port $port"
    [ "$security" = none ] || check_served_certificate "$name" "$address" "$port"
    case "$protocol $security" in
      'mqtt mutual-tls') check_needs_certificate "$name" "$address" "$port" ;;
      mqtt*) check_logins "$name" "$address" "$port" "$security" ;;
      websockets*) check_websocket "$name" "$address" "$port" "$security" ;;
    esac
  done
}

# Ten seconds: a broker with a large database is slow to open its ports on a Pi.
wait_for_port() {
  tries=0
  until ss -Hltn "sport = :$2" | grep -q .; do
    tries=$((tries + 1))
    [ "$tries" -lt 50 ] || return 1
    sleep 0.2
  done
}

# connect ADDRESS PORT OPTION…: openssl's client, told to hang up.
connect() {
  where=$1
  case "$where" in *:*) where="[$where]" ;; esac
  where=$where:$2
  shift 2
  timeout 10 openssl s_client -connect "$where" "$@" 2>&1
}

check_served_certificate() {
  served=$(connect "$2" "$3" </dev/null | openssl x509 -noout -fingerprint -sha256 2>/dev/null) ||
    fail "listener $1: no TLS handshake on $2 port $3"
  [ "$served" = "$(openssl x509 -in "$dir/certs/server.crt" -noout -fingerprint -sha256)" ] ||
    fail "listener $1: it serves another certificate than certs/server.crt"
}

# Without a client certificate the server must hang up. TLS 1.3 says so only after the handshake: wait for it (-ign_eof).
check_needs_certificate() {
  answer=$(connect "$2" "$3" -ign_eof </dev/null || :)
  case "$answer" in
    *"certificate required"* | *"handshake failure"*) ;;
    *) fail "listener $1: a client without a certificate was not turned away" ;;
  esac
}

# publish ADDRESS PORT SECURITY USER PASSWORD OPTION…: as mosquitto_pub, whose exit code is the broker's answer. The client id
# and the keepalive are ones that every listener takes.
publish() (
  XDG_CONFIG_HOME=$(mktemp -d /run/mosquitto-pi-client.XXXXXX)
  export XDG_CONFIG_HOME
  trap 'rm -rf "$XDG_CONFIG_HOME"' EXIT
  {
    printf '%s\n' "-h $1" "-p $2" '-i pulumi-canary' '-k 10'
    [ "$3" = none ] || printf '%s\n' "--cafile $dir/certs/ca.crt" --insecure
    [ -z "$4" ] || printf '%s\n' "-u $4" "-P $5"
  } >"$XDG_CONFIG_HOME/mosquitto_pub"
  shift 5
  timeout 10 mosquitto_pub -t pulumi-canary-denied -n "$@" 2>&1
)

check_logins() {
  canary=$(sed -n 1p "$dir/canary")
  password=$(sed -n 2p "$dir/canary")
  answer=$(publish "$2" "$3" "$4" "$canary" "$password" -q 0) ||
    fail "listener $1: the canary could not log in; the broker does not run this configuration: $answer"
  expect_refused "$@" "$canary" "not-$password"
  plan_says 'anonymous yes' || expect_refused "$@" "" ""
  expect_denied "$@" "$canary" "$password"
}

# Only MQTT 5 tells a publisher that its topic is denied, and only with QoS 1. No rule grants the canary this topic.
expect_denied() {
  name=$1
  shift
  answer=$(publish "$@" -V 5 -q 1 || :)
  case "$answer" in
    *'Not authorized'* | *'QoS not supported'*) ;;
    *) fail "listener $name: a client may publish to a topic that no rule allows: the broker does not hold to the ACL" ;;
  esac
}

# Whether the broker answers as this generation has it, asked at one listener: one that asks for passwords, where there is any.
answers() {
  listeners | sort -k 4,4 -k 5,5r | head -n 1 | {
    read -r name port bind protocol security
    case "$protocol $security" in
      'mqtt tls' | 'mqtt none')
        publish "$(reach "$bind")" "$port" "$security" "$(sed -n 1p "$dir/canary")" "$(sed -n 2p "$dir/canary")" -q 0 >/dev/null
        ;;
      *) (check_served_certificate "$name" "$(reach "$bind")" "$port") 2>/dev/null ;;
    esac
  }
}

# expect_refused NAME ADDRESS PORT SECURITY USER PASSWORD
expect_refused() {
  code=0
  answer=$(publish "$2" "$3" "$4" "$5" "$6" -q 0) || code=$?
  [ "$code" -eq 5 ] || fail "listener $1: expected that ${5:-an anonymous client}${5:+ with a wrong password} is refused (code 5), got code $code: $answer"
}

# Asks for a websocket and, with its first frame, to close it again.
check_websocket() {
  answer=$(
    printf '%s\r\n' 'GET /mqtt HTTP/1.1' 'Host: localhost' 'Upgrade: websocket' 'Connection: Upgrade' \
      'Sec-WebSocket-Key: cHVsdW1pLWNhbmFyeS1waQ==' 'Sec-WebSocket-Version: 13' 'Sec-WebSocket-Protocol: mqtt' \
      "$(printf '\r\n\210\200\001\001\001\001')" | connect "$2" "$3" -quiet || :
  )
  case "$answer" in
    *" 101 "*) ;;
    *) fail "listener $1: no websocket on $2 port $3" ;;
  esac
}
