import type { Field } from "./field";

/** A span of time as people write it: a whole number and a unit, seconds, minutes, hours, days or (365-day) years. */
export type Duration = `${number}${"s" | "m" | "h" | "d" | "y"}`;

const SECONDS = { s: 1, m: 60, h: 3600, d: 86400, y: 365 * 86400 } as const;

/** The length in seconds, or undefined when `text` is not a Duration. */
export function parseDuration(text: string): number | undefined {
  const match = /^([1-9][0-9]{0,8})([smhdy])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * SECONDS[match[2] as keyof typeof SECONDS];
}

/** The length in seconds of text that was checked before. */
export function seconds(duration: string): number {
  const parsed = parseDuration(duration);
  if (parsed === undefined) throw new RangeError(`not a duration: ${duration}`);
  return parsed;
}

/** Reads a Duration of at least `min` and at most `max` seconds, in seconds. */
export function checkDuration(field: Field, min: Duration, max: Duration): number | undefined {
  const within = (text: string) => {
    const s = parseDuration(text);
    return s !== undefined && s >= seconds(min) && s <= seconds(max);
  };
  const example = ["90d", "7d", "1h"].find(within) ?? min;
  const text = field.string(`a duration from "${min}" to "${max}", such as "${example}"`, within);
  return text === undefined ? undefined : seconds(text);
}
