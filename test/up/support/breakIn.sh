#!/bin/sh
# What somebody might do who has broken into the broker: a line for each thing that works. Run as the user mosquitto.

# try WHAT COMMAND…
try() {
  what=$1
  shift
  if "$@" >/dev/null 2>&1; then echo "can $what"; fi
}

socket() {
  perl -e 'socket(my $socket, $ARGV[0], $ARGV[1], 0) or exit 1' "$@"
}

homes() {
  [ -n "$(ls -A /home)" ]
}

try "keep a message" touch /var/lib/mosquitto/message
try "write to the log" touch /var/log/mosquitto/mosquitto.log
try "leave something in a /tmp" touch /tmp/message
try "leave something in a /var/tmp" touch /var/tmp/message
try "see what others have in /tmp" test -e /tmp/of-others
try "see what others have in /var/tmp" test -e /var/tmp/of-others
try "leave something where locks are" sh -c ': >/run/lock/message && rm /run/lock/message'
try "change who may do what" sh -c ': >>/etc/mosquitto/current/acl'
try "leave something in memory" sh -c ': >/dev/shm/for-others'
try "see whose homes there are" homes
try "see who else runs" test -e /proc/1/status
try "learn about the kernel" cat /proc/version
try "become somebody else in a namespace" unshare --user true
try "leave a program that runs as the broker" sh -c ': >/var/lib/mosquitto/program && chmod u+s /var/lib/mosquitto/program'
try "ask the kernel about routes" socket 16 3
try "talk to virtual machines" socket 40 1
try "go before others" chrt --batch 0 true
try "be laid out in memory as it likes" setarch --addr-no-randomize true
rm -f /tmp/message /var/tmp/message /var/lib/mosquitto/message /var/lib/mosquitto/program
