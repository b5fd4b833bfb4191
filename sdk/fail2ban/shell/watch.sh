#!/bin/sh
# watch.sh LOG PORT…: the log is opened here, since nobody but the broker may read it. What reads it then, watch.py, has no
# privilege any more; it ends when another file has taken the log's place.
set -eu
dir=${0%/*}
# shellcheck source=../../host/shell/hooks/words.sh
. "$dir/words.sh"

while :; do
  [ -f "$1" ] || fail "expected the broker's log, \"$1\", got no such file; does mosquitto.service run?"
  setpriv --ambient-caps=-all python3 -I -B "$dir/watch.py" "$@" <"$1"
done
