#!/bin/sh
# One ssh for each host, all at once. Usage: floor.sh FOLDER COMMAND
# FOLDER holds NAME.ssh, an ssh configuration, and NAME.tar, which COMMAND on the host gets as its standard input.
set -eu
cd "$1"
for archive in *.tar; do
  ssh -F "${archive%.tar}.ssh" host "$2" <"$archive" &
  jobs="${jobs-} $!"
done
for job in $jobs; do wait "$job"; done
