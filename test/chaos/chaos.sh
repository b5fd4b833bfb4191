#!/usr/bin/env bash
# `npm run chaos -- --rounds 1000 --seed 7`: interrupts deployments at random instants, for as long as you like. See main.ts.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/../support/bootstrap.sh" openssl openssh-client
"$here/../engine/setup.sh"
"$here/../lab/setup.sh"
exec node --import tsx "$here/main.ts" "$@"
