#!/bin/sh
# Runs on a host: SSH logins and commands so far, and what its broker's files are.
set -eu
journalctl --sync
journalctl --no-pager --identifier sshd --output cat >/run/bench.log
printf '%s %s ' "$(grep -c '^Accepted publickey ' /run/bench.log)" "$(grep -c '^Starting session: ' /run/bench.log)"
for folder in /etc/mosquitto/current /etc/mosquitto; do
  [ -f "$folder/acl" ] || continue
  printf '%s %s ' "$(grep -c 'marker/changed$' "$folder/acl")" "$(grep -c '^extra:' "$folder/passwd")"
  sha256sum <"$folder/certs/server.crt" | cut -c 1-12
  exit
done
echo 0 0 none
