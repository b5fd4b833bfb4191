import type { OsSettings } from "./model";

/** What is set by programs of the system, a setting and its value a line. */
export function renderSettings({ hostname, timezone, timeSync, rebootIfRequired }: OsSettings): string {
  const settings = {
    hostname,
    timezone,
    "time-sync": (timeSync ?? true) ? "yes" : undefined,
    "restart-if-required": rebootIfRequired === true ? "yes" : undefined,
  };
  return Object.entries(settings)
    .flatMap(([name, value]) => (value == null ? [] : [`${name} ${value}\n`]))
    .join("");
}

/** The file that apt reads of unattended upgrades; undefined where they stay as they are. */
export function renderUnattended({ unattendedUpgrades: unattended }: OsSettings): string | undefined {
  if (unattended == null) return undefined;
  const daily = unattended === false ? "0" : "1";
  const rebootAt = typeof unattended === "object" ? unattended.rebootAt : undefined;
  const lines = {
    "APT::Periodic::Enable": "1",
    "APT::Periodic::Update-Package-Lists": "1",
    "APT::Periodic::Unattended-Upgrade": daily,
    "Unattended-Upgrade::Automatic-Reboot": String(rebootAt != null),
    ...(rebootAt == null
      ? {}
      : {
          "Unattended-Upgrade::Automatic-Reboot-WithUsers": "true",
          "Unattended-Upgrade::Automatic-Reboot-Time": rebootAt,
        }),
  };
  const text = Object.entries(lines).map(([name, value]) => `${name} "${value}";\n`);
  return [...text, ...(unattended === false ? [] : SECURITY_ONLY)].join("");
}

/** Debian's own choice holds the upgrades of its point releases, too. A file that is read after ours may add to this one. */
const SECURITY_ONLY = [
  "#clear Unattended-Upgrade::Origins-Pattern;\n",
  'Unattended-Upgrade::Origins-Pattern:: "origin=Debian,label=Debian-Security";\n',
];
