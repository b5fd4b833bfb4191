#!/bin/sh
# Says what is deployed.
set -eu
export LC_ALL=C
here=${0%/*}
. "$here/common.sh"
begin "reading what is deployed" "nothing has changed"
lock
refuse_other_owner
report "$(live)" nothing
