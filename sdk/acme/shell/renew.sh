#!/bin/sh
# What the timer starts: a certificate that has less than two fifths of its life left is ordered anew, and served. What fails leaves the one
# that is live, and is tried again at the next time.
set -eu
export LC_ALL=C
dir=$(cd "${0%/*}" && pwd -P)
# shellcheck source=../../host/shell/hooks/words.sh
. "$dir/words.sh"
. "$dir/pairs.sh"
. "$dir/ordering.sh"
. "$dir/live.sh"

# As a deployment takes it, and for as long.
exec 9>>/run/pulumi-mosquitto-pi.lock
flock -w 600 9 || {
  say "a deployment has held the lock for 10 minutes: at the next time"
  exit 0
}
echo "renewal of the certificate, since $(date -u '+%Y-%m-%d %H:%M:%S UTC')" >/run/pulumi-mosquitto-pi.lock
# One that had the lock may have put another generation in the place of this one.
[ "$dir" = "$(cd "${0%/*}" && pwd -P)" ] || exec sh "$0"

obtain young >/dev/null
prune_pairs
say "the certificate ends $(date -u -d "@$(end_of <"$live/server.crt")" '+%Y-%m-%d %H:%M:%S UTC')"
