import { visible } from "../core/visible";

/** What the host said when a transaction was over. */
export interface Report {
  /** Debian release: `bookworm`. */
  readonly suite: string;
  /** The live generation: `0003-1f2e3d4c5b6a`. */
  readonly generation: string;
  /** What it took to make the new configuration live. */
  readonly activation: "nothing" | "reload" | "restart";
  /** What the concept's own checks found, such as `mosquitto` -> `2.0.11`, `listening tls` -> `8883`. */
  readonly facts: Readonly<Record<string, string>>;
}

/**
 * Reads the standard output of a transaction: one `name value` a line.
 *
 * @throws Error when it is not a whole report.
 */
export function parseReport(stdout: string): Report {
  const entries = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => splitLast(line));
  const { suite, generation, activation, ...rest } = Object.fromEntries(entries);
  if (suite === undefined || generation === undefined || !isActivation(activation))
    throw new Error(`the host's report is not whole: ${JSON.stringify(visible(stdout).slice(0, 200))}`);
  const facts = Object.entries(rest).map(([key, value]) => [key.replace(/^fact /, ""), value]);
  return { suite, generation, activation, facts: Object.fromEntries(facts) as Record<string, string> };
}

function splitLast(line: string): [string, string] {
  const at = line.lastIndexOf(" ");
  return [line.slice(0, at), visible(line.slice(at + 1))];
}

function isActivation(word: string | undefined): word is Report["activation"] {
  return word === "nothing" || word === "reload" || word === "restart";
}
