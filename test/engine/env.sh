# shellcheck shell=bash
# To be sourced: the engine that setup.sh made, for a person's shell. State goes to a file backend in the cache, under
# a passphrase made once, unless the shell already says otherwise.

mosquitto_pi_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mosquitto_pi_engine=${MOSQUITTO_PI_CACHE:-$(cd "$mosquitto_pi_here/../.." && pwd)/.cache}/engine
mkdir -p "$mosquitto_pi_engine/state"

set -a
# shellcheck source=test/engine/settings.env
. "$mosquitto_pi_here/settings.env"
set +a
export PATH="$mosquitto_pi_engine/bin:$PATH" PULUMI_HOME="$mosquitto_pi_engine/home"
export PULUMI_BACKEND_URL="${PULUMI_BACKEND_URL:-file://$mosquitto_pi_engine/state}"
if [ -z "${PULUMI_CONFIG_PASSPHRASE+set}${PULUMI_CONFIG_PASSPHRASE_FILE+set}" ]; then
  export PULUMI_CONFIG_PASSPHRASE_FILE=$mosquitto_pi_engine/passphrase
  [ -s "$PULUMI_CONFIG_PASSPHRASE_FILE" ] ||
    (umask 077 && head -c 24 /dev/urandom | base64 >"$PULUMI_CONFIG_PASSPHRASE_FILE")
fi
unset mosquitto_pi_here mosquitto_pi_engine
