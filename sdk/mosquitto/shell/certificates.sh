# shellcheck shell=sh
# What mosquitto itself does not check at start: dates, chain, and that the key is the certificate's. Sourced by hooks.sh.
: "${dir:?}" "${certs:?}" "${kept?}"

key_type() {
  openssl x509 -in "$1" -noout -text 2>/dev/null | sed -n 's/^ *Public Key Algorithm: //p'
}

# verify_chain OPTION…
verify_chain() {
  openssl verify "$@" -purpose sslserver -CAfile "$certs/ca.crt" -untrusted "$certs/server.crt" "$certs/server.crt" 2>&1
}

check_certificates() {
  certificate=$certs/server.crt
  [ -z "$kept" ] || lend_key
  [ -f "$certificate" ] || return 0
  public=$(openssl x509 -in "$certificate" -noout -pubkey) || fail "certs/server.crt: expected a PEM certificate"
  [ "$(openssl pkey -in "$certs/server.key" -pubout 2>/dev/null)" = "$public" ] ||
    fail "certs/server.key: expected the private key of certs/server.crt, got another"
  # One call tells whether all is well; why it is not is asked afterwards.
  chain=$(verify_chain) && return
  # What is live is no better without its files being read again: a log file that is put away needs that.
  [ "${dates-}" != ignored ] || ! verify_chain -no_check_time >/dev/null || return 0
  starts=$(openssl x509 -in "$certificate" -noout -startdate | sed 's/.*=//')
  [ "$(date -d "$starts" +%s)" -le "$(date +%s)" ] ||
    fail "certs/server.crt is valid from $starts, but this host's clock says $(date -u); set the clock (timedatectl)"
  openssl x509 -in "$certificate" -noout -checkend 0 >/dev/null ||
    fail "certs/server.crt expired: $(openssl x509 -in "$certificate" -noout -enddate), and this host's clock says $(date -u)"
  fail "certs/server.crt: expected a server certificate that chains to certs/ca.crt: $chain"
}

# A key that the host has from elsewhere, possibly before there was a broker on it.
lend_key() {
  [ -f "$certs/server.crt" ] || fail "certificate: expected one in $certs, got none; is its AcmeCertificate deployed to this host?"
  chgrp mosquitto "$certs/server.key" && chmod 0640 "$certs/server.key"
}

# check_rotation BEFORE: clients that know the authorities of the plan before, and no others, are not cut off by this plan's.
check_rotation() {
  fix="deploy both generations first, see docs/certificates.md, or set abruptRotation: true to cut off who has nothing newer"
  ! grep -qx 'rotation abrupt' "$dir/plan" || return 0
  ! are_strangers "$dir" 'issuers server' "$1" 'trusts server' ||
    fail "authority: expected one that clients of today trust, got another; $fix"
  for side in server clients; do
    ! are_strangers "$1" "issuers $side" "$dir" "trusts $side" ||
      fail "authority: expected that the one which issued the certificates of $side until now is still trusted; $fix"
  done
}

# are_strangers FOLDER LINE OTHER-FOLDER OTHER-LINE: both plans have such a line, and of one of the groups in the first, which is
# like `A B / C`, no key stands in the second.
are_strangers() {
  some=$(sed -n "s/^$2 //p" "$1/plan" 2>/dev/null) && others=$(sed -n "s/^$4 //p" "$3/plan" 2>/dev/null) || return 1
  [ -n "$some" ] && [ -n "$others" ] || return 1
  known=no
  for key in $some /; do
    case "$key" in
      /)
        [ "$known" = yes ] || return 0
        known=no
        ;;
      *) case " $others " in *" $key "*) known=yes ;; esac ;;
    esac
  done
  return 1
}
