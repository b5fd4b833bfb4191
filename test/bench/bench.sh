#!/usr/bin/env bash
# `npm run bench`: ours, Ansible, Ansible with Mitogen and a bare ssh script, side by side on the same lab hosts.
# Installs what it needs; see --help.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [[ " $* " != *" --help "* ]]; then
  if [ "$(id -u)" -ne 0 ] || [ ! -f /etc/debian_version ]; then
    echo "npm run bench boots whole Pis in containers and needs root on Debian (bookworm or newer). Nothing was run." >&2
    exit 1
  fi
  # Standard output is for the results.
  {
    "$here/../support/bootstrap.sh" openssl openssh-client ansible ansible-mitogen hyperfine
    "$here/../engine/setup.sh"
    "$here/../lab/setup.sh" bookworm
  } >&2
fi
exec node --import tsx "$here/main.ts" "$@"
