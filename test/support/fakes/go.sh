#!/bin/sh
# Plays the Go compiler: whatever is built is the fake Pulumi.
echo "go $*" >>"${FAKE_LOG:?}"
[ "$1" = build ] || exit 0
while [ "$1" != -o ]; do shift; done
cp "${FAKE_BUILT:?}" "$2"
