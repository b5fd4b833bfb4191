import { checkDuration, type Duration, seconds } from "../core/duration";
import type { Field } from "../core/field";
import { setting } from "./limits";

/** Whether and how the broker keeps sessions, queued and retained messages over a restart. */
export interface Persistence {
  /**
   * Whether they are kept on disk at all.
   *
   * @defaultValue true (Debian's; mosquitto's own is false)
   */
  readonly enabled?: boolean | undefined;
  /**
   * Time between two saves. A power cut loses what came since the last one.
   *
   * @defaultValue "30m" (mosquitto's own)
   */
  readonly autosaveInterval?: Duration | undefined;
  /**
   * How long the session of a client that is away is kept, from "1h".
   *
   * @defaultValue for ever (mosquitto's own)
   */
  readonly clientExpiration?: Duration | undefined;
}

/** Checks `persistence`. */
export function checkPersistence(persistence: Field): void {
  if (!persistence.object()) return;
  persistence.onlyKeys(["enabled", "autosaveInterval", "clientExpiration"]);
  persistence.at("enabled").given()?.boolean();
  const interval = persistence.at("autosaveInterval").given();
  if (interval !== undefined) checkDuration(interval, "1s", "1d");
  const expiration = persistence.at("clientExpiration").given();
  if (expiration !== undefined) checkDuration(expiration, "1h", "10y");
}

/** `persistence` as configuration lines. */
export function persistenceLines({ enabled, autosaveInterval, clientExpiration }: Persistence): string[] {
  return [
    `persistence ${String(enabled ?? true)}`,
    "persistence_location /var/lib/mosquitto/",
    ...setting("autosave_interval", autosaveInterval == null ? undefined : seconds(autosaveInterval)),
    // Mosquitto knows whole hours at the least.
    ...setting("persistent_client_expiration", clientExpiration == null ? undefined : `${hours(clientExpiration)}h`),
  ];
}

function hours(duration: string): number {
  return Math.ceil(seconds(duration) / 3600);
}
