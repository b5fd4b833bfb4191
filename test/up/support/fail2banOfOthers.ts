import assert from "node:assert/strict";

import type { LabHost } from "../../lab";
import { asRoot } from "./host";
import { JAIL, WATCH } from "./jailedPi";
import { until } from "./reloads";

/** A filter of somebody's that has the last word, and sees nothing. */
export const BLIND = `printf '[Definition]\\nfailregex = ^nothing <ADDR>$\\n' >/etc/fail2ban/filter.d/${JAIL}.local`;
export const SEEING = `rm /etc/fail2ban/filter.d/${JAIL}.local`;

/** A drop-in of somebody's, by which the watch cannot ask the kernel, as where the kernel has no module for that. */
const DROP_IN = `/etc/systemd/system/${WATCH}.service.d`;
export const MUTE = `mkdir ${DROP_IN}; printf '[Service]\\nRestrictAddressFamilies=none\\n' >${DROP_IN}/own.conf; systemctl daemon-reload; systemctl stop ${WATCH}`;
export const TOLD = `rm -r ${DROP_IN}; systemctl daemon-reload`;

/** Somebody's own fail2ban, with a jail for SSH that bans after three failures, and one address that is banned there. */
export const OWN_FAIL2BAN = `export DEBIAN_FRONTEND=noninteractive
{ apt-get -qq update && apt-get -qq install -y --no-install-recommends fail2ban python3-systemd nftables iptables; } >/dev/null 2>&1
printf '[sshd]\\nmaxretry = 3\\n' >/etc/fail2ban/jail.d/own.conf
systemctl restart fail2ban && until fail2ban-client ping; do sleep 0.2; done && fail2ban-client set sshd banip 192.0.2.77`;

/** With its limits and bans. */
export async function runsOnAsItWas(pi: LabHost): Promise<void> {
  await until(async () => (await pi.root("fail2ban-client ping")).code === 0);
  assert.match(await asRoot(pi, "fail2ban-client status"), /Jail list:\s+sshd$/m);
  assert.equal(await asRoot(pi, "fail2ban-client get sshd maxretry; fail2ban-client get sshd banip"), "3\n192.0.2.77");
}
