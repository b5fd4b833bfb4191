#!/bin/sh
# Plays the official download, or a network without it: FAKE_DOWNLOAD is the installer that is served.
echo "curl $*" >>"${FAKE_LOG:?}"
[ -n "${FAKE_DOWNLOAD:-}" ] || exit 6
while [ "$1" != -o ]; do shift; done
cp "$FAKE_DOWNLOAD" "$2"
