#!/bin/sh
# Turns a host of the lab into a certificate authority that speaks ACME (pebble), and into the name server that it asks (bind9).
# That takes updates which are signed with the key `lab`. Run as root. Usage: sh -s -- ADDRESS
set -eu
address=$1

export DEBIAN_FRONTEND=noninteractive
{
  apt-get -qq update
  apt-get -qq install -y --no-install-recommends pebble bind9 bind9-dnsutils curl openssl
} >/dev/null

tsig-keygen -a hmac-sha256 lab >/etc/bind/lab.key
cat >/etc/bind/named.conf <<CONF
include "/etc/bind/lab.key";
options {
  directory "/var/cache/bind";
  recursion no;
  dnssec-validation no;
};
zone "example.org" {
  type primary;
  file "example.org";
  allow-update { key lab; };
};
CONF
cat >/var/cache/bind/example.org <<ZONE
\$TTL 1
@ SOA ns hostmaster 1 3600 600 86400 1
@ NS ns
ns A $address
acme A $address
ZONE
chown bind: /var/cache/bind/example.org /etc/bind/lab.key
systemctl restart named

mkdir /etc/pebble
cd /etc/pebble
certificate() { openssl req -x509 -newkey ed25519 -nodes -days 3 "$@" 2>/dev/null; }
certificate -keyout root.key -out root.crt -subj '/CN=ACME server of the lab'
certificate -keyout server.key -out server.crt -subj /CN=acme -CA root.crt -CAkey root.key \
  -addext subjectAltName=DNS:acme.example.org,DNS:localhost -addext basicConstraints=critical,CA:false
cat >pebble.json <<JSON
{
  "pebble": {
    "listenAddress": "0.0.0.0:14000",
    "managementListenAddress": "0.0.0.0:15000",
    "certificate": "/etc/pebble/server.crt",
    "privateKey": "/etc/pebble/server.key",
    "httpPort": 80,
    "tlsPort": 443,
    "certificateValidityPeriod": 7776000
  }
}
JSON
# Each order is checked anew, and at once.
systemd-run --quiet --unit=pebble -E PEBBLE_VA_NOSLEEP=1 -E PEBBLE_AUTHZREUSE=0 \
  pebble -config /etc/pebble/pebble.json -dnsserver "$address:53"
until curl -fsS --cacert root.crt https://localhost:14000/dir >/dev/null 2>&1; do sleep 0.1; done
