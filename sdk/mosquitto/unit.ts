import type { ListenerModel } from "./listeners";

/** The folder that leads to the live generation. */
export const LIVE = "/etc/mosquitto/current";

/** The drop-in for mosquitto.service: how the broker is started, and what is left to whoever breaks into it. */
export function unitLines(listeners: readonly ListenerModel[]): string[] {
  return [
    "[Unit]",
    // Without a limit: an address that comes late after boot (DHCP, Wi-Fi) must not leave the broker down.
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "RestartSec=2",
    "ExecStartPre=",
    `ExecStartPre=-+/bin/sh ${LIVE}/hooks.sh starting`,
    "ExecStart=",
    `ExecStart=/usr/sbin/mosquitto -c ${LIVE}/mosquitto.conf`,
    "ExecReload=",
    `ExecReload=+/bin/sh ${LIVE}/hooks.sh reload $MAINPID`,
    ...SANDBOX,
    ...limits(listeners),
  ];
}

/** For what runs beside the broker, too: it sees nothing of the kernel and of others. */
export const NO_KERNEL = [
  "ProtectProc=invisible",
  "ProcSubset=pid",
  "ProtectClock=yes",
  "ProtectControlGroups=yes",
  "ProtectHostname=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "LockPersonality=yes",
  "MemoryDenyWriteExecute=yes",
];

/** The same for what it may ask the kernel. */
export const NO_PRIVILEGED_CALLS = [
  "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "SystemCallFilter=~@privileged @resources",
  "SystemCallErrorNumber=EPERM",
];

/** What of the Pi the broker sees and may do. The commands marked with `+` above are ours, and are root's. */
const SANDBOX = [
  "User=mosquitto",
  "UMask=0077",
  "NoNewPrivileges=yes",
  "CapabilityBoundingSet=",
  "PrivateUsers=yes",
  "ProtectSystem=strict",
  "ProtectHome=tmpfs",
  // Through a symlink, too: with ReadWritePaths, messages below /home would be lost without a word.
  "BindPaths=-/var/lib/mosquitto -/var/log/mosquitto",
  "PrivateTmp=yes",
  "PrivateIPC=yes",
  // Writable for everybody, and not of the files that ProtectSystem makes read-only.
  "InaccessiblePaths=/dev/shm -/run/lock",
  "PrivateDevices=yes",
  ...NO_KERNEL,
  "RemoveIPC=yes",
  ...NO_PRIVILEGED_CALLS,
];

/** Clients of listeners without a limit of their own, and other open files: as many as MemoryMax lets in on a Pi with 512 MB. */
const MANY_FILES = 8192;

/** What the broker may use up: what it needs beside its clients is little. */
function limits(listeners: readonly ListenerModel[]): string[] {
  const clients = listeners.reduce((sum, { maxConnections = 0 }) => sum + maxConnections, 0);
  return ["MemoryMax=75%", "MemorySwapMax=0", "TasksMax=64", `LimitNOFILE=${MANY_FILES + clients}`];
}
