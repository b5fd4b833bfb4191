/** Seconds that clocks may differ by without a word. */
const TOLERANCE = 5 * 60;

/** An interval of this computer's clock, in seconds since 1970. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/**
 * How far a host's clock is off, in words; nothing when it is not.
 *
 * @param time - What it said, at some moment of `asked`.
 */
export function clockLines(host: string, time: number, asked: Interval): string[] {
  const [behind, ahead] = [asked.from - time, time - asked.to];
  if (!(Math.max(behind, ahead) > TOLERANCE)) return [];
  const off = behind > 0 ? `${span(behind)} behind` : `${span(ahead)} ahead of`;
  return [
    `the clock of ${host} is ${off} this computer's: it says ${utc(time)}, this one ${utc(asked.to)}`,
    "  To whichever is wrong, certificates are not valid yet, or expired. Compare them with: timedatectl",
  ];
}

function span(seconds: number): string {
  const [unit, name] = UNITS.find(([size]) => seconds >= 2 * size) ?? [60, "minutes"];
  return `${Math.floor(seconds / unit)} ${name}`;
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "days"],
  [3600, "hours"],
];

function utc(time: number): string {
  return new Date(time * 1000).toISOString().replace(/T(.*):.*/, " $1 UTC");
}
