#!/bin/sh
# As client.c, by OpenSSL and by the letter of RFC 5280.
case $2 in *[!0-9.]*) name="-servername $2 -verify_hostname $2" ;; *) name="-verify_ip $2" ;; esac
# shellcheck disable=SC2086 # the name is several words
exec openssl s_client -quiet -connect "$3:$4" -x509_strict -verify_return_error $name \
  -CAfile "$1" -no-CApath -no-CAstore ${5:+-cert "$5" -key "$6"}
