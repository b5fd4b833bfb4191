# shellcheck shell=bash
# To be sourced: this shell's `pulumi` and `test/lab/lab` then look at what the demo made.

mosquitto_pi_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
DEMO=${MOSQUITTO_PI_CACHE:-$(cd "$mosquitto_pi_here/../../.." && pwd)/.cache}/demo
export DEMO LAB=demo PULUMI_BACKEND_URL="file://$DEMO" PULUMI_CONFIG_PASSPHRASE_FILE="$DEMO/passphrase"
unset PULUMI_CONFIG_PASSPHRASE
# shellcheck source=test/engine/env.sh
. "$mosquitto_pi_here/../../engine/env.sh"
