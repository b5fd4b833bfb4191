#!/bin/sh
# Makes of a deployed broker what a version of the SDK without the sandbox would have deployed. Run as root.
set -eu
live=$(readlink -f /etc/mosquitto/current)
memory=/var/lib/pulumi-mosquitto-pi/mosquitto
before=${live%-*}-000000000000

sed -i '/^ExecStartPre=$/d; s/^ExecReload=+/ExecReload=/; /^User=/,$d' "$live/systemd.conf"
sed -i '/^is_sandboxed/,/^}/ s/^  .*/  :/' "$live/process.sh"
sed -i "s/^digest .*/digest ${before##*-}/" "$live/state"
mv "$live" "$before"
ln -sfn "generations/${before##*/}" /etc/mosquitto/current

rm -r "$memory/spare"
install -d -m 0700 "$memory/spare"
cp -a "$before" "$memory/spare/"
sed -i "s/^generation .*/generation ${before##*/}/" "$memory/manifest"
for file in systemd.conf process.sh state; do
  digest=$(sha256sum <"$before/$file")
  sed -i "s,^bytes [0-9a-f]* \./$file\$,bytes ${digest%% *} ./$file," "$memory/manifest"
done

systemctl daemon-reload
systemctl restart mosquitto.service
