#!/usr/bin/env bash
# `npm run scale`: how a preview grows from 10 to 1,000 simulated Pis. Sets up what it needs; see --help.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [[ " $* " != *" --help "* ]]; then
  # Standard output is for the results.
  {
    "$here/../support/bootstrap.sh"
    "$here/../engine/setup.sh"
  } >&2
fi
exec node --import tsx "$here/main.ts" "$@"
