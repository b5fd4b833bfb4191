#!/bin/sh
# Orders a certificate as the file `request` beside this says; account and certificate end up in $STATE_DIRECTORY. Runs in a sandbox,
# as nobody in particular. Each file in $CREDENTIALS_DIRECTORY is one setting of the DNS provider's: lego reads NAME from the file that
# NAME_FILE names, so that no secret is in its environment. `roots.pem` there has authorities to trust beside the public ones.
set -eu
export LC_ALL=C
dir=${0%/*}

export LEGO_CA_CERTIFICATES=/etc/ssl/certs/ca-certificates.crt
for file in "${CREDENTIALS_DIRECTORY:-/nowhere}"/*; do
  name=${file##*/}
  case "$name" in
    '*') ;;
    roots.pem) LEGO_CA_CERTIFICATES=$LEGO_CA_CERTIFICATES:$file ;;
    *) export "${name}_FILE=$file" ;;
  esac
done

set -- --path "$STATE_DIRECTORY" --accept-tos
while read -r kind words; do
  case "$kind" in
    domain) set -- "$@" --domains "$words" ;;
    email) set -- "$@" --email "$words" ;;
    server) set -- "$@" --server "$words" ;;
    http-01) set -- "$@" --http --http.port ":$words" ;;
    dns-01) set -- "$@" --dns "$words" ;;
  esac
done <"$dir/request"

# Providers put tokens into addresses, and addresses into errors: what is secret is taken out before the journal has it.
without_secrets() {
  awk '
    FILENAME != "-" { if (length($0) >= 6 && FILENAME !~ /\/roots\.pem$/) secrets[$0]; next }
    { for (secret in secrets) $0 = without(secret, $0); print; fflush() }
    function without(secret, text,    at, open) {
      while (at = index(text, secret)) {
        open = open substr(text, 1, at - 1) "[secret]"
        text = substr(text, at + length(secret))
      }
      return open text
    }' "$@" -
}

# The pipe's status is awk's; lego's is kept beside.
rm -f "$STATE_DIRECTORY/failed"
{ lego "$@" run 2>&1 || : >"$STATE_DIRECTORY/failed"; } | {
  set --
  for file in "${CREDENTIALS_DIRECTORY:-/nowhere}"/*; do [ ! -f "$file" ] || set -- "$@" "$file"; done
  without_secrets "$@"
}
[ ! -e "$STATE_DIRECTORY/failed" ] || {
  rm "$STATE_DIRECTORY/failed"
  exit 1
}
