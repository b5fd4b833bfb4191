import { createHash } from "node:crypto";

import { text } from "../core/text";
import { NO_KERNEL, NO_PRIVILEGED_CALLS } from "../mosquitto/unit";
import { type AcmeSettings, LETS_ENCRYPT } from "./model";

/** What the services on the Pi begin with. */
const NAME = "pulumi-mosquitto-pi-acme";

/** Orders a certificate: the only one of the two that talks to anybody. */
export const ORDER = `${NAME}-order.service`;
/** Looks whether it is time, has one ordered, and has the broker serve it. */
export const RENEW = `${NAME}-renew.service`;
export const TIMER = `${NAME}-renew.timer`;

const HTTP_PORT = 80;

/** What is ordered, a word and its value a line. */
export function renderRequest({ domains, email, server, http01, dns01 }: AcmeSettings): string {
  return text([
    `server ${server ?? LETS_ENCRYPT}`,
    `email ${email ?? `hostmaster@${domains[0]?.replace(/^\*\./, "") ?? ""}`}`,
    dns01 == null ? `http-01 ${http01?.port ?? HTTP_PORT}` : `dns-01 ${dns01.provider}`,
    ...domains.map((domain) => `domain ${domain}`),
  ]);
}

/**
 * By what a pair is known to be of this request, secrets included.
 *
 * @param seed - With it, nobody on the Pi can find out by guessing what is secret.
 */
export function requestDigest(settings: AcmeSettings, seed: string): string {
  const parts = [seed, renderRequest(settings), credentialsOf(settings), settings.caPem ?? ""];
  return `${createHash("sha256").update(JSON.stringify(parts)).digest("hex")}\n`;
}

/** Sorted by name: in which order somebody wrote them makes no difference. */
export function credentialsOf({ dns01 }: AcmeSettings): (readonly [name: string, value: string])[] {
  return Object.entries(dns01?.credentials ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** lego, under a user that exists only meanwhile. */
export function renderOrder(settings: AcmeSettings, live: string): string {
  const port = settings.dns01 == null ? (settings.http01?.port ?? HTTP_PORT) : undefined;
  return text([
    "[Unit]",
    "Description=Orders a certificate of the MQTT broker by ACME",
    "",
    "[Service]",
    "Type=oneshot",
    `ExecStart=/bin/sh ${live}/order.sh`,
    "TimeoutStartSec=15min",
    ...credentialsOf(settings).map(([name]) => `LoadCredential=${name}:${live}/credentials/${name}`),
    "DynamicUser=yes",
    `StateDirectory=${NAME}`,
    "StateDirectoryMode=0700",
    ...bindLines(port),
    ...SANDBOX,
    "MemoryMax=256M",
    "TasksMax=64",
  ]);
}

/** To listen where only root may is the one right that it has; in a namespace of users of its own, it would have none of it. */
function bindLines(port: number | undefined): string[] {
  const allow = port === undefined ? [] : [`SocketBindAllow=tcp:${port}`];
  const capability = port !== undefined && port < 1024 ? "CAP_NET_BIND_SERVICE" : "";
  return [
    "SocketBindDeny=any",
    ...allow,
    `CapabilityBoundingSet=${capability}`,
    ...(capability === "" ? ["PrivateUsers=yes"] : [`AmbientCapabilities=${capability}`]),
  ];
}

const SANDBOX = [
  "UMask=0077",
  "NoNewPrivileges=yes",
  "ProtectSystem=strict",
  "ProtectHome=yes",
  "PrivateTmp=yes",
  "PrivateDevices=yes",
  "PrivateIPC=yes",
  ...NO_KERNEL,
  ...NO_PRIVILEGED_CALLS,
];

/**
 * What the broker's own hooks need, which try what was ordered, and have it taken over: a trial broker in a network of its own that gives
 * its privileges up, a signal to the live one, clients on each listener.
 */
const HOOKS = [
  "CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_KILL CAP_SETGID CAP_SETUID",
  "CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_BIND_SERVICE CAP_SYS_ADMIN",
  "ProtectProc=default",
  "ProcSubset=all",
  "RestrictAddressFamilies=AF_NETLINK",
  "RestrictNamespaces=net",
  "SystemCallFilter=@chown @setuid capset",
  "ReadWritePaths=/run /var/lib/pulumi-mosquitto-pi -/var/lib/private",
];

/** Root's, and so no wall against what breaks into it; it talks to nobody outside of the Pi. */
export function renderRenew(live: string): string {
  return text([
    "[Unit]",
    "Description=Renews a certificate of the MQTT broker when it is time",
    "Wants=network-online.target",
    "After=network-online.target time-sync.target mosquitto.service",
    "",
    "[Service]",
    "Type=oneshot",
    `ExecStart=/bin/sh ${live}/renew.sh`,
    "TimeoutStartSec=30min",
    ...SANDBOX,
    ...HOOKS,
  ]);
}

/** Let's Encrypt asks for no full hours. A Pi that was off at the time makes up for it. */
export function renderTimer(): string {
  return text([
    "[Unit]",
    "Description=Looks twice a day whether a certificate of the MQTT broker is to be renewed",
    "",
    "[Timer]",
    "OnCalendar=*-*-* 00,12:00:00",
    "RandomizedDelaySec=2h",
    "Persistent=true",
    "",
    "[Install]",
    "WantedBy=timers.target",
  ]);
}
