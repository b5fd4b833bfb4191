# shellcheck shell=sh
# What mosquitto itself does not check at start: dates, chain, and that the key is the certificate's. Sourced by hooks.sh.
: "${dir:?}"

key_type() {
  openssl x509 -in "$1" -noout -text 2>/dev/null | sed -n 's/^ *Public Key Algorithm: //p'
}

check_certificates() {
  certificate=$dir/certs/server.crt
  [ -f "$certificate" ] || return 0
  public=$(openssl x509 -in "$certificate" -noout -pubkey) || fail "certs/server.crt: expected a PEM certificate"
  [ "$(openssl pkey -in "$dir/certs/server.key" -pubout 2>/dev/null)" = "$public" ] ||
    fail "certs/server.key: expected the private key of certs/server.crt, got another"
  # One call tells whether all is well; why it is not is asked afterwards.
  chain=$(openssl verify -purpose sslserver -CAfile "$dir/certs/ca.crt" -untrusted "$certificate" "$certificate" 2>&1) && return
  starts=$(openssl x509 -in "$certificate" -noout -startdate | sed 's/.*=//')
  [ "$(date -d "$starts" +%s)" -le "$(date +%s)" ] ||
    fail "certs/server.crt is valid from $starts, but this host's clock says $(date -u); set the clock (timedatectl)"
  openssl x509 -in "$certificate" -noout -checkend 0 >/dev/null ||
    fail "certs/server.crt expired: $(openssl x509 -in "$certificate" -noout -enddate), and this host's clock says $(date -u)"
  fail "certs/server.crt: expected a server certificate that chains to certs/ca.crt: $chain"
}
