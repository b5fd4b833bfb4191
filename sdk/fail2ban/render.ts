import { text } from "../core/text";
import type { BanAction, JailModel, LimitsModel } from "./model";
import { LISTENERS } from "../mosquitto/listeners";

/** The jail's name in fail2ban. */
export const JAIL = "pulumi-mosquitto";

/** The unit that says who fails to log in. */
export const WATCH = "pulumi-mosquitto-watch";

/** Which address deployed last, on the Pi: the hook `activate` writes it. */
const DEPLOYER = "/var/lib/pulumi-mosquitto-pi/fail2ban/deployer";

const HEAD = "# Made by pulumi-mosquitto-pi. Change the Pulumi program, not this file.";

/** The jails that are asked for. Read after the package's own, and before what somebody has in jail.local. */
export function renderJail(model: JailModel): string {
  const ports = portsOf(model).join(",");
  return text([
    HEAD,
    `[${JAIL}]`,
    "enabled = true",
    `filter = ${JAIL}`,
    "backend = systemd",
    "usedns = no",
    `port = ${ports}`,
    ...limitLines(model),
    `bantime.increment = ${String(model.maxBanTime !== undefined)}`,
    ...(model.maxBanTime === undefined ? [] : [`bantime.maxtime = ${model.maxBanTime}`]),
    "ignoreself = true",
    ...ignoredLines(model),
    `action = ${drop(model, `type=multiport, name=${JAIL}, port="${ports}", protocol=tcp`)}`,
    ...(model.sshd === undefined
      ? []
      : ["", "[sshd]", "enabled = true", ...sshLines(model), ...limitLines(model.sshd)]),
  ]);
}

/**
 * What the jail for SSH goes by where nobody says otherwise, Debian's package included: read before all else. Bookworm's own looks
 * for a log file that there is none of, and bans by a program that it has not.
 */
export function renderSshDefaults(model: JailModel): string {
  return text([HEAD, "[sshd]", ...sshLines(model)]);
}

/** SSH may be on any port. What others than sshd itself write in its name, as `logger -t sshd` does, is not read. */
function sshLines(model: JailModel): string[] {
  return [
    "backend = systemd",
    "journalmatch = _UID=0 _COMM=sshd + _UID=0 _COMM=sshd-session",
    `banaction = ${drop(model, "type=allports")}`,
    ...ignoredLines(model),
  ];
}

function ignoredLines({ ignoreIps, ignoreDeployer }: JailModel): string[] {
  const deployer = [
    `ignorecommand = /usr/bin/grep -qxF <ip> ${DEPLOYER}`,
    'ignorecache = key="<ip>", max-count=100, max-time=60s',
  ];
  return [`ignoreip = ${["127.0.0.0/8", "::1", ...ignoreIps].join(" ")}`, ...(ignoreDeployer ? deployer : [])];
}

const BLOCKTYPES: Readonly<Record<BanAction, string>> = { nftables: "drop", iptables: "DROP" };

function drop({ action }: JailModel, what: string): string {
  return `${action}[${what}, blocktype=${BLOCKTYPES[action]}]`;
}

function limitLines({ maxRetry, findTime, banTime }: LimitsModel): string[] {
  return [`maxretry = ${maxRetry}`, `findtime = ${findTime}`, `bantime = ${banTime}`];
}

/** What counts as a failure: one line of the watch's, whole. */
export function renderFilter(): string {
  return text([
    HEAD,
    "[Definition]",
    String.raw`failregex = ^\s*\S+ ${WATCH}\[\d+\]: failed login from <ADDR> port \d{1,5} on \d{1,5}$`,
    `journalmatch = _SYSTEMD_UNIT=${WATCH}.service`,
  ]);
}

/** The unit of the watch. */
export function renderWatch(model: JailModel, live: string): string {
  return text([
    HEAD,
    "[Unit]",
    "Description=Says who comes to the MQTT broker and goes without a login, for fail2ban",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=exec",
    `ExecStart=/bin/sh ${live}/watch.sh /var/log/mosquitto/mosquitto.log ${portsOf(model).join(" ")}`,
    "Restart=always",
    "RestartSec=2",
    `SyslogIdentifier=${WATCH}`,
    "LogRateLimitIntervalSec=0",
    ...SANDBOX,
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ]);
}

// It reads one file of mosquitto's, and asks the kernel for sockets. The privilege to open that file, which nobody else may read,
// is given up before it is read: for that, `capset`.
const SANDBOX = [
  "DynamicUser=yes",
  "UMask=0077",
  "NoNewPrivileges=yes",
  "CapabilityBoundingSet=CAP_DAC_READ_SEARCH",
  "AmbientCapabilities=CAP_DAC_READ_SEARCH",
  "ProtectSystem=strict",
  "ProtectHome=yes",
  "PrivateTmp=yes",
  "PrivateDevices=yes",
  "DevicePolicy=closed",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "ProtectControlGroups=yes",
  "ProtectProc=invisible",
  "ProcSubset=pid",
  "RemoveIPC=yes",
  "RestrictAddressFamilies=AF_NETLINK",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "LockPersonality=yes",
  "MemoryDenyWriteExecute=yes",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "SystemCallFilter=~@privileged @resources",
  "SystemCallFilter=capset",
  "IPAddressDeny=any",
  "MemoryMax=64M",
  "TasksMax=8",
];

/** A listener a line, for canary.py: address from the Pi itself, port, protocol, security. */
export function renderListeners({ listeners }: JailModel): string {
  return text(
    listeners.map(({ name, port, bind }) => {
      const { protocol, security } = LISTENERS[name];
      return `${own(bind)} ${port} ${protocol} ${security}`;
    }),
  );
}

/** Where the Pi itself reaches what is bound to an address. */
function own(bind: string | undefined): string {
  if (bind === undefined || bind === "0.0.0.0") return "127.0.0.1";
  return bind === "::" ? "::1" : bind;
}

function portsOf({ listeners }: JailModel): number[] {
  return listeners.map(({ port }) => port);
}
