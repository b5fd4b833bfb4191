import { checkDuration, type Duration, parseDuration } from "../core/duration";
import type { Field } from "../core/field";
import { type DesiredFile, openFile } from "./desired";

/** Of a change that the host makes only to last when somebody confirms it. */
export interface Confirmation {
  /**
   * Time for the login that confirms the change; without it, the Pi goes back. "10s" to "10m".
   *
   * @defaultValue "1m"
   */
  readonly confirmWithin?: Duration | undefined;
}

/** Seconds where nothing is said: see outside.sh. */
const DEFAULT = 60;

/** Reads `confirmWithin`. */
export function checkPatience(args: Field): void {
  const within = args.at("confirmWithin").given();
  if (within !== undefined) checkDuration(within, "10s", "10m");
}

/** In seconds. */
export function patienceOf({ confirmWithin }: Confirmation): number {
  return parseDuration(confirmWithin ?? "") ?? DEFAULT;
}

/** What the host is told, where it is not the default. */
export function patienceFiles({ confirmWithin }: Confirmation): DesiredFile[] {
  if (confirmWithin == null) return [];
  const content = `${String(parseDuration(confirmWithin) ?? confirmWithin)}\n`;
  return [openFile("patience", content)];
}
