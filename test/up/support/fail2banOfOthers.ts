import { JAIL, WATCH } from "./jailedPi";

/** A filter of somebody's that has the last word, and sees nothing. */
export const BLIND = `printf '[Definition]\\nfailregex = ^nothing <ADDR>$\\n' >/etc/fail2ban/filter.d/${JAIL}.local`;
export const SEEING = `rm /etc/fail2ban/filter.d/${JAIL}.local`;

/** A drop-in of somebody's, by which the watch cannot ask the kernel, as where the kernel has no module for that. */
const DROP_IN = `/etc/systemd/system/${WATCH}.service.d`;
export const MUTE = `mkdir ${DROP_IN}; printf '[Service]\\nRestrictAddressFamilies=none\\n' >${DROP_IN}/own.conf; systemctl daemon-reload`;
export const TOLD = `rm -r ${DROP_IN}; systemctl daemon-reload`;

/** Somebody's own fail2ban, with a jail for SSH that bans after three failures, and one address that is banned there. */
export const OWN_FAIL2BAN = `export DEBIAN_FRONTEND=noninteractive
{ apt-get -qq update && apt-get -qq install -y --no-install-recommends fail2ban python3-systemd nftables iptables; } >/dev/null 2>&1
printf '[sshd]\\nmaxretry = 3\\n' >/etc/fail2ban/jail.d/own.conf
systemctl restart fail2ban && until fail2ban-client ping; do sleep 0.2; done && fail2ban-client set sshd banip 192.0.2.77`;
