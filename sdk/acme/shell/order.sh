#!/bin/sh
# Orders a certificate as the file `request` beside this says. Account and what came end up in $STATE_DIRECTORY: in `ordered` certificate,
# key and the digest of the request, in `said` what lego said. Runs in a sandbox, as nobody in particular. Each file in
# $CREDENTIALS_DIRECTORY is one setting of the DNS provider's: lego reads NAME from the file that NAME_FILE names, so that no secret is
# in its environment.
set -eu
export LC_ALL=C
# While this runs, another generation may become the live one.
dir=$(cd "${0%/*}" && pwd -P)
cd "$STATE_DIRECTORY"

export LEGO_CA_CERTIFICATES=/etc/ssl/certs/ca-certificates.crt
[ ! -f "$dir/roots.pem" ] || LEGO_CA_CERTIFICATES=$LEGO_CA_CERTIFICATES:$dir/roots.pem

set -- --path . --accept-tos
while read -r kind words; do
  case "$kind" in
    domain) set -- "$@" --domains "$words" ;;
    email) set -- "$@" --email "$words" ;;
    server) set -- "$@" --server "$words" ;;
    http-01) set -- "$@" --http --http.port ":$words" ;;
    dns-01) set -- "$@" --dns "$words" ;;
  esac
done <"$dir/request"

# Calls a command with the files of all credentials.
with_credentials() {
  for file in "${CREDENTIALS_DIRECTORY:-/nowhere}"/*; do [ ! -f "$file" ] || set -- "$@" "$file"; done
  "$@"
}

run_lego() {
  for file in "${CREDENTIALS_DIRECTORY:-/nowhere}"/*; do [ ! -f "$file" ] || export "${file##*/}_FILE=$file"; done
  lego "$@" run 2>&1
}

# Providers put tokens into addresses, and addresses into errors: what is secret is taken out before the journal has it.
without_secrets() {
  awk '
    FILENAME != "-" { if (length($0) >= 6) secrets[$0]; next }
    { for (secret in secrets) $0 = without(secret, $0); print; fflush() }
    function without(secret, text,    at, open) {
      while (at = index(text, secret)) {
        open = open substr(text, 1, at - 1) "[secret]"
        text = substr(text, at + length(secret))
      }
      return open text
    }' "$@" -
}

rm -rf certificates ordered.new failed
# The status of a pipe is that of its end; lego's is kept beside.
{ run_lego "$@" || : >failed; } | with_credentials without_secrets | tee said
[ ! -e failed ] || exit 1

mkdir ordered.new
mv certificates/*.key ordered.new/server.key
rm -f certificates/*.issuer.crt
mv certificates/*.crt ordered.new/server.crt
cp "$dir/digest" ordered.new/request
rm -rf certificates ordered
sync -f .
mv ordered.new ordered
