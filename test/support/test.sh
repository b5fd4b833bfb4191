#!/usr/bin/env bash
# `npm test`, also from a bare clone: sets everything up, then runs every check and test there is.
# Usage: npm test [-- STAGE…]   stages: see run.mjs; all when none is named.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [ "$(id -u)" -ne 0 ] || [ ! -f /etc/debian_version ]; then
  echo "npm test boots whole Pis in containers and needs root on Debian (bookworm or newer). Nothing was run." >&2
  exit 1
fi
"$here/bootstrap.sh" shellcheck shfmt python3 openssl openssh-server openssh-client ansible hyperfine testssl.sh
"$here/../engine/setup.sh"
"$here/../lab/setup.sh"
exec node "$here/run.mjs" "$@"
