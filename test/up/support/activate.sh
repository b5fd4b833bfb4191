#!/bin/sh
# activate.sh NAME CHANGE: makes a copy of the live generation, changes it by the command CHANGE, run in its folder, and has the
# broker's own hooks make it live. Prints what that took; progress goes to standard error. Run as root.
set -eu
root=/etc/mosquitto
old=$(realpath "$root/current")
new=$root/generations/$1
cp -a "$old" "$new"
(cd "$new" && eval "$2")
ln -sfn "generations/$1" "$root/.current"
mv -T "$root/.current" "$root/current"
sh "$new/hooks.sh" activate "$new" "$old"
