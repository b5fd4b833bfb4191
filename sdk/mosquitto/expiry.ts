import { LIVE, NO_KERNEL, NO_PRIVILEGED_CALLS } from "./unit";

/** The timer on the Pi that warns of certificates that end soon, and the service that it starts. */
export const EXPIRY = "pulumi-mosquitto-pi-expiry";

/** Where the broker's certificates are told of, retained: an object with `status`, `checked` and `certificates`. */
export const EXPIRY_TOPIC = "$mosquitto-pi/certificates";

/** Once a day, and some time after each boot. */
export function timerLines(): string[] {
  return [
    "[Unit]",
    "Description=Looks every day when certificates of the MQTT broker end",
    "",
    "[Timer]",
    "OnBootSec=10min",
    "OnUnitActiveSec=1d",
    "RandomizedDelaySec=10min",
    "",
    "[Install]",
    "WantedBy=timers.target",
  ];
}

/** Its status is what monitoring looks at: it has failed when a certificate is about to end. */
export function serviceLines(): string[] {
  return [
    "[Unit]",
    "Description=Warns of certificates of the MQTT broker that end soon",
    "After=mosquitto.service",
    "",
    "[Service]",
    "Type=oneshot",
    `ExecStart=/bin/sh ${LIVE}/expiry.sh`,
    "SuccessExitStatus=1",
    "TimeoutStartSec=2min",
    `LoadCredential=canary:${LIVE}/canary`,
    ...SANDBOX,
  ];
}

const SANDBOX = [
  "DynamicUser=yes",
  "UMask=0077",
  "NoNewPrivileges=yes",
  "CapabilityBoundingSet=",
  "ProtectSystem=strict",
  "ProtectHome=yes",
  "PrivateTmp=yes",
  "PrivateDevices=yes",
  "PrivateUsers=yes",
  "PrivateIPC=yes",
  ...NO_KERNEL,
  ...NO_PRIVILEGED_CALLS,
  // It counts who is connected, where a listener takes no more.
  "RestrictAddressFamilies=AF_NETLINK",
  "MemoryMax=64M",
  "TasksMax=32",
];
