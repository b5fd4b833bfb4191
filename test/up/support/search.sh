#!/bin/sh
# Where the patterns in /run/needles/patterns are found: one `place pattern` a line. Run as root.
# That nothing is found is no failure; that the search works at all is shown by what the test has planted.
set -eu
export LC_ALL=C

find_in() {
  where=$1
  shift
  grep -oaF -f /run/needles/patterns "$@" | sort -u | sed "s,^,$where ,"
}

tr '\0' '\n' </run/needles/processes | find_in process -
journalctl --no-pager --all --output cat | find_in journal -
find / \( -path /proc -o -path /sys \) -prune -o -type f -perm -o=r -print0 |
  xargs -0 grep -oaHF -f /run/needles/patterns | sort -u | sed 's/^\([^:]*\):/readable:\1 /'
grep -roaHF -D skip -f /run/needles/patterns --exclude-dir=proc --exclude-dir=sys --exclude-dir=needles --exclude-dir=journal / |
  sort -u | sed 's/^\([^:]*\):/file:\1 /'
