import { parseArgs } from "node:util";

/** What to measure. */
export interface Options {
  readonly hosts: readonly number[];
  /** Whether Pulumi keeps its log of all that it does. */
  readonly log: boolean;
}

/** The default, and the most: 127.77.0.0/16 has room for more, a machine's memory hardly. */
const DEFAULT = "10,100,300,1000";
const MOST = 2000;

export const HELP = `Usage: npm run scale -- [option…]
Times pulumi preview of one stack with many simulated Pis on the loopback, and what it takes in memory.
  --hosts N[,N…]   how many, 1 to ${MOST} (default ${DEFAULT})
  --no-log         without the log that Pulumi keeps of all that it does: see docs/performance.md
  --help
Prints a JSON object a line on standard output, {"work", "hosts", "seconds", "megabytes", …}, and a table at the end.
`;

/**
 * Reads the command line.
 *
 * @returns undefined when help was asked for.
 * @throws Error that says what was expected, what came, and the fix.
 */
export function readOptions(args: readonly string[]): Options | undefined {
  const flag = { type: "boolean", default: false } as const;
  const options = { hosts: { type: "string", default: DEFAULT }, "no-log": flag, help: flag } as const;
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) return undefined;
  const hosts = values.hosts.split(",").map(Number);
  if (!hosts.every((n) => Number.isInteger(n) && n >= 1 && n <= MOST))
    throw new Error(`--hosts: expected whole numbers from 1 to ${MOST}, got "${values.hosts}"; say --hosts ${DEFAULT}`);
  return { hosts, log: !values["no-log"] };
}
