# shellcheck shell=sh
# Pairs of a certificate and its key: a folder each, with `server.crt`, the chain included, `server.key`, the root `ca.crt`, and
# `request`, the digest of what was asked for. Which one is live is decided by one symlink. Sourced by hooks.sh and renew.sh.
: "${dir:?the folder of the generation}"

memory=/var/lib/pulumi-mosquitto-pi/acme
pairs=$memory/pairs
live=$memory/live

# The folder that is live; nothing when there is none.
live_pair() {
  name=$(readlink "$live") || return 0
  case "$name" in pairs/[0-9]*) echo "$memory/$name" ;; esac
}

# The newest first.
all_pairs() {
  [ ! -d "$pairs" ] || find "$pairs" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*' -printf '%f\n' | sort -rn | sed "s,^,$pairs/,"
}

wanted_names() {
  sed -n 's/^domain //p' "$dir/request" | sort
}

# names_in CERTIFICATE
names_in() {
  openssl x509 -in "$1" -noout -ext subjectAltName 2>/dev/null | sed 1d | tr ',' '\n' | sed 's/^ *DNS://' | sort
}

public_key_of() {
  openssl x509 -in "$1" -noout -pubkey 2>/dev/null
}

# leads_to_root CHAIN ROOT: whatever the date.
leads_to_root() {
  openssl verify -no_check_time -purpose sslserver -no-CApath -no-CAstore -CAfile "$2" -untrusted "$1" "$1" >/dev/null 2>&1
}

# flaw PAIR: what it is that it should not be; nothing when all is well.
flaw() {
  if ! [ -s "$1/server.crt" ] || ! [ -s "$1/server.key" ] || ! [ -s "$1/ca.crt" ]; then
    echo missing
  elif ! cmp -s "$1/request" "$dir/digest"; then
    echo "one that was ordered otherwise"
  elif [ "$(names_in "$1/server.crt")" != "$(wanted_names)" ]; then
    echo "for other names"
  elif [ "$(openssl pkey -in "$1/server.key" -pubout 2>/dev/null)" != "$(public_key_of "$1/server.crt")" ]; then
    echo "of another key"
  elif ! leads_to_root "$1/server.crt" "$1/ca.crt"; then
    echo "of another authority"
  elif [ -n "$(find "$1/server.key" -perm /007)" ]; then
    echo "with a key that others can read"
  elif ! openssl x509 -in "$1/server.crt" -noout -checkend 0 >/dev/null; then
    echo expired
  fi
}

# dates of the certificate on standard input, in seconds.
begin_and_end() {
  openssl x509 -noout -dates 2>/dev/null | sed 's/.*=//' | while read -r date; do date -d "$date" +%s; done
}

end_of() {
  begin_and_end | sed 1d
}

# is_due: whether of the life of the certificate on standard input less than two fifths are left. Warnings begin at a third.
is_due() {
  begin_and_end | {
    read -r begin && read -r end && [ $(((end - $(date +%s)) * 5)) -lt $(((end - begin) * 2)) ]
  }
}

# fitting AGE: of the pairs that are as they should be, the one that is live, or else the newest; `young` ones that are not due, or `any`.
fitting() {
  { live_pair && all_pairs; } | while read -r pair; do
    [ -z "$(flaw "$pair")" ] || continue
    if [ "$1" = any ] || ! is_due <"$pair/server.crt"; then
      echo "$pair"
      break
    fi
  done
}

# root_of CHAIN FOLDER: prints the root that the chain leads to: one of those that were given, or that this host trusts. The folder is
# for what it takes.
root_of() {
  split_pem "$dir/roots.pem" "$2/given"
  split_pem "$1" "$2/chain"
  # shellcheck disable=SC2046
  for root in "$2"/given-* $(trusted_issuers "$2"/chain-*); do
    if [ -f "$root" ] && leads_to_root "$1" "$root"; then
      cat "$root"
      return
    fi
  done
  return 1
}

# trusted_issuers CERTIFICATE…: who may have signed them, of those that this host trusts.
trusted_issuers() {
  for certificate; do
    find /etc/ssl/certs -maxdepth 1 -name "$(openssl x509 -in "$certificate" -noout -issuer_hash).[0-9]" | sort
  done
}

# split_pem FILE PREFIX: each certificate into a file of its own.
split_pem() {
  [ ! -f "$1" ] || awk -v prefix="$2-" '/BEGIN CERTIFICATE/ { n++ } n { print >(prefix n) }' "$1"
}

# The live one and the two newest others stay: what is asked for again may be there still.
prune_pairs() {
  all_pairs | grep -vxF "$(live_pair)" | tail -n +3 | while read -r pair; do rm -rf "${pair:?}"; done
}
