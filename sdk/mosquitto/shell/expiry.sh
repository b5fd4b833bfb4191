#!/bin/sh
# Says when the broker's certificates end: in the journal, in a retained message, and to monitoring by its status: 0 when all
# have time left, 1 when one ends soon, 2 when one ends very soon or can't be seen.
set -eu
export LC_ALL=C
# None of the authorities that this host trusts: openssl would read all of them each time.
export SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/dev/null
dir=${0%/*}
# shellcheck source=../../host/shell/hooks/words.sh
. "$dir/words.sh"
. "$dir/listeners.sh"
. "$dir/clients.sh"

day=86400
now=$(date +%s)
status=0
certificates=""

# tell WHAT: reads when it begins and when it ends, in seconds; an empty line when it can't be seen. The journal takes the number at the
# beginning of a line for its priority.
tell() {
  read -r begin end
  [ -n "$end" ] || {
    status=2
    echo "<3>$1: no certificate to be seen"
    return
  }
  left=$((end - now))
  life=$((end - begin))
  when=$(date -u -d "@$end" +%Y-%m-%dT%H:%M:%SZ)
  certificates="$certificates${certificates:+,}{\"of\":\"$1\",\"expires\":\"$when\",\"days\":$((left / day))}"
  if [ "$left" -le 0 ]; then
    warn 2 2 "$1: expired at $when"
  elif is_within 3 24; then
    warn 2 3 "$1: expires at $when, very soon"
  elif is_within 14 6; then
    warn 1 4 "$1: expires at $when, days left: $((left / day))"
  elif is_within 30 3; then
    warn 1 5 "$1: expires at $when, days left: $((left / day))"
  else
    echo "<6>$1: expires at $when"
  fi
}

# is_within DAYS PART: what is left is less than these days, and than this part of the whole life, where that is short.
is_within() {
  [ "$left" -lt $(($1 * day)) ] && [ "$left" -lt $((life / $2)) ]
}

# warn STATUS PRIORITY WORDS
warn() {
  [ "$1" -le "$status" ] || status=$1
  echo "<$2>$3; renew it: pulumi up${kept:+; why this host has not: journalctl -u pulumi-mosquitto-pi-acme-renew}"
}

# From openssl's words: seconds at which each certificate, or revocation list, begins and ends.
dates() {
  sed -n 's/^ *Not \(Before\|After\) *: //p; s/^\(last\|next\)Update=//p' | while read -r begin && read -r end; do
    echo "$(date -d "$begin" +%s) $(date -d "$end" +%s)"
  done
}

look_at_listeners() {
  while read -r name port bind _ security; do
    [ "$security" != none ] || continue
    reach "$bind"
    seen=$(connect </dev/null | openssl x509 -noout -text 2>/dev/null | dates)
    if [ -z "$seen" ] && is_full "$port"; then
      echo "<6>listener $name: not checked, since it has its maxConnections, $most, already"
      continue
    fi
    tell "listener $name" <<DATES
$seen
DATES
  done <<LISTENERS
$listeners
LISTENERS
}

# Of several authorities in a file: the one that ends first.
look_at_authorities() {
  for name in ca.crt client-ca.crt; do
    [ -f "$dir/certs/$name" ] || continue
    tell "$name" <<DATES
$(openssl crl2pkcs7 -nocrl -certfile "$dir/certs/$name" | openssl pkcs7 -print_certs -text -noout | dates | sort -n -k 2 | head -n 1)
DATES
  done
}

# Of several revocation lists in a file: the one that ends first, after which all clients are refused.
look_at_lists() {
  [ -f "$dir/certs/clients.crl" ] || return 0
  tell clients.crl <<DATES
$(awk -v read="openssl crl -noout -lastupdate -nextupdate" '{ print | read } /^-----END/ { close(read) }' "$dir/certs/clients.crl" | dates | sort -n -k 2 | head -n 1)
DATES
}

# spread MESSAGE: retained, by the canary, on the first listener that takes its password.
spread() {
  while read -r name port bind protocol security; do
    case "$protocol $security" in 'mqtt none' | 'mqtt tls') ;; *) continue ;; esac
    reach "$bind"
    scratch=$(mktemp -d)
    mkdir "$scratch/$name"
    { read -r canary && read -r password; } <"$CREDENTIALS_DIRECTORY/canary"
    answer=$(publish "$address" "$port" "$security" "$canary" "$password" -t "$topic" -r -m "$1") ||
      echo "<4>listener $name: could not publish to $topic: $answer"
    return
  done <<END
$listeners
END
}

topic=$(sed -n 's/^expiry //p' "$dir/plan")
look_at_listeners
look_at_authorities
look_at_lists
case "$status" in 0) word=ok ;; 1) word=warning ;; *) word=critical ;; esac
spread "{\"status\":\"$word\",\"checked\":\"$(date -u -d "@$now" +%Y-%m-%dT%H:%M:%SZ)\",\"certificates\":[$certificates]}"
exit "$status"
