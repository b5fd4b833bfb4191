#!/bin/sh
# Runs on a host once: what Raspberry Pi OS brings and Ansible needs, and an SSH server that says what it is asked for.
set -eu
export DEBIAN_FRONTEND=noninteractive
{
  # It stalls now and then, when many hosts ask the cache at once.
  timeout 30 apt-get -qq update || timeout 30 apt-get -qq update
  apt-get -qq install --no-install-recommends python3 python3-apt
} >/run/bench.log 2>&1 || {
  cat /run/bench.log >&2
  exit 1
}
echo 'LogLevel VERBOSE' >/etc/ssh/sshd_config.d/bench.conf
systemctl reload ssh.service
