import type { LabHost } from "../../lab";
import { asRoot } from "./host";

/** The lab's hosts may not set a clock, which is this machine's: what synchronizes it stands still. */
const STAND_IN = `[Unit]
ConditionVirtualization=
[Service]
Type=simple
ExecStart=
ExecStart=/bin/sleep infinity
User=root
AmbientCapabilities=
CapabilityBoundingSet=
WatchdogSec=0
Restart=no
`;

/** Says that the clock is synchronized, which the kernel never says in the lab. */
const SYNCHRONIZED = `#!/bin/sh
case "$*" in *NTPSynchronized*) echo yes ;; *) exec /usr/bin/timedatectl "$@" ;; esac
`;

const TIMEDATECTL = "/usr/local/bin/timedatectl";

/** Installs what synchronizes a Pi's clock. */
export async function hasTimeService(host: LabHost): Promise<void> {
  const dropIn = "/etc/systemd/system/systemd-timesyncd.service.d/lab.conf";
  await asRoot(host, "apt-get -qq install -y systemd-timesyncd >/dev/null");
  await asRoot(host, `install -D -m 0644 /dev/stdin ${dropIn}`, STAND_IN);
  await asRoot(host, "systemctl daemon-reload; systemctl start systemd-timesyncd");
}

/** From now on the clock is said to be synchronized. */
export async function synchronizes(host: LabHost): Promise<void> {
  await asRoot(host, `install -m 0755 /dev/stdin ${TIMEDATECTL}`, SYNCHRONIZED);
}

export async function synchronizesNoMore(host: LabHost): Promise<void> {
  await asRoot(host, `rm ${TIMEDATECTL}`);
}
