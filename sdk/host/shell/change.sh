#!/bin/sh
# Starts a transaction that changes how this host is reached; confirm.sh asks for its end. Usage: change.sh SSH_CONNECTION
set -eu
export LC_ALL=C
here=${0%/*}
. "$here/common.sh"
. "$here/apart.sh"
begin "starting the change" "nothing has changed"
run_apart apply.sh "$1" || {
  : >"$here/explained"
  exit 1
}
