import { didYouMean } from "../core/didYouMean";
import type { Field } from "../core/field";

/** Which upgrades of packages a Pi gets when it is deployed to. */
export const Upgrade = {
  /** None. */
  none: "none",
  /** Those that come from Debian's security archive. */
  security: "security",
  /** All there are; packages that stand in their way are removed, as `apt full-upgrade` does. */
  full: "full",
} as const;
/** A value of {@link Upgrade}. */
export type Upgrade = (typeof Upgrade)[keyof typeof Upgrade];

/** Upgrades that the Pi installs by itself, every day. */
export interface UnattendedUpgrades {
  /**
   * When it may restart where an upgrade needs that, by its own clock: "04:00".
   *
   * @defaultValue never
   */
  readonly rebootAt?: string | undefined;
}

/** What belongs to a Pi's operating system. */
export interface OsSettings {
  /**
   * The Pi's name: "mqtt-pi". By avahi the network finds it as mqtt-pi.local.
   *
   * @defaultValue stays as it is
   */
  readonly hostname?: string | undefined;
  /**
   * The zone of its clock, as the tz database names it: "Europe/Berlin".
   *
   * @defaultValue stays as it is
   */
  readonly timezone?: string | undefined;
  /**
   * Upgrades of packages that `pulumi up` installs; those that are pending show in a preview.
   *
   * @defaultValue "none"
   */
  readonly upgrade?: Upgrade | undefined;
  /**
   * Whether the Pi restarts where an upgrade needs that. `pulumi up` waits until it is back, and goes on.
   *
   * @defaultValue false: `pulumi up` says that it has to be restarted
   */
  readonly rebootIfRequired?: boolean | undefined;
  /**
   * Whether the Pi installs Debian's security updates by itself, every day.
   *
   * @defaultValue stays as it is
   */
  readonly unattendedUpgrades?: boolean | UnattendedUpgrades | undefined;
  /**
   * Whether its clock must be synchronized: else its certificates are not valid yet, or expired.
   *
   * @defaultValue true
   */
  readonly timeSync?: boolean | undefined;
}

/** Checks the settings of an operating system. */
export function checkOs(os: Field): void {
  os.at("hostname")
    .given()
    ?.string('a host\'s name of letters, digits and hyphens, such as "mqtt-pi"', isLabel, bareLabel);
  os.at("timezone")
    .given()
    ?.string('a time zone of the tz database, such as "Europe/Berlin"', isTimezone, likeTimezone);
  os.at("upgrade").given()?.oneOf(Object.values(Upgrade));
  for (const key of ["rebootIfRequired", "timeSync"]) os.at(key).given()?.boolean();
  checkUnattended(os.at("unattendedUpgrades"));
}

function checkUnattended(field: Field): void {
  if (field.isAbsent || typeof field.value === "boolean") return;
  if (!field.object("true, false, or an object with `rebootAt`")) return;
  field.onlyKeys(["rebootAt"]);
  field
    .at("rebootAt")
    .given()
    ?.string('a time of day, such as "04:00"', (text) => /^([01][0-9]|2[0-3]):[0-5][0-9]$/.test(text));
}

function isLabel(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text) && !/^[0-9]+$/.test(text) && text !== "localhost";
}

function bareLabel(text: string): string | undefined {
  const label = text.toLowerCase().replace(/\..*/, "");
  return label !== text && isLabel(label) ? `did you mean "${label}"?` : undefined;
}

/** Whether that is a zone, spelled as its file is: which of them a Pi has depends on its release. */
function isTimezone(text: string): boolean {
  const canonical = canonicalZone(text);
  const isMisspelled = canonical !== text && canonical?.toLowerCase() === text.toLowerCase();
  return canonical !== undefined && !isMisspelled && /^[A-Z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(text);
}

function likeTimezone(text: string): string | undefined {
  const zones = Intl.supportedValuesOf("timeZone");
  const place = zones.find((zone) => zone.toLowerCase().endsWith(`/${text.toLowerCase()}`));
  return didYouMean(place ?? text, zones);
}

function canonicalZone(text: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
