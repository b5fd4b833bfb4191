#!/bin/sh
# Runs one client after the other. Each line of standard input is a file with what to say, in base64, and a command; for each,
# prints "=" and, in base64, what that has printed.
cd "${0%/*}" || exit
while read -r question command; do
  printf "="
  # shellcheck disable=SC2086 # the command is several words
  base64 -d "$question" | timeout 10 $command 2>&1 | base64 -w 0
  echo
done
