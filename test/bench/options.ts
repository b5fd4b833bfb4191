import { parseArgs } from "node:util";

import { WORKS, type Work } from "./work";

/** What to measure, and how to tell it. */
export interface Options {
  readonly hosts: readonly number[];
  readonly users: readonly number[];
  readonly works: readonly Work[];
  readonly runs: number;
  /** Only ours and Ansible, without the tools beside them. */
  readonly isPair: boolean;
  readonly format: "text" | "json" | "markdown";
}

const NAMES = WORKS.map(({ name }) => `"${name}"`).join(", ");

export const HELP = `Usage: npm run bench -- [option…]
Times ours, Ansible, Ansible with Mitogen and a bare ssh script on the same lab hosts, one after the other in each round.
  --hosts N[,N…]   how many hosts, 1 to 20 (default 1,4,12)
  --users N[,N…]   how many users, and as many rules, 1 to 1000 (default 10,1000)
  --work NAME      ${NAMES};
                   may be said more than once (default all)
  --runs N         how often each tool does each work, 1 to 50 (default 5)
  --quick          the defaults are 1 host, 10 users, 1 run of "no change" and "one rule": is all well?
  --pair           ours and Ansible alone: many hosts in less time
  --json           one JSON object a line: {"work", "hosts", "ratio", …}; ratio is Ansible's median time over ours,
                   and ratioFilesOnly that of an Ansible which only puts files into place
  --markdown       tables for docs/performance.md
  --help
`;

/**
 * Reads the command line.
 *
 * @returns undefined when help was asked for.
 * @throws Error that says what was expected, what came, and the fix.
 */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      hosts: { type: "string" },
      users: { type: "string" },
      work: { type: "string", multiple: true },
      runs: { type: "string" },
      quick: { type: "boolean", default: false },
      pair: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  if (values.json && values.markdown)
    throw new Error("--json and --markdown: expected one of them, got both; leave one away");
  const { quick } = values;
  const [runs = 0, ...more] = numbers("--runs", values.runs ?? (quick ? "1" : "5"), 50);
  if (more.length > 0) throw new Error(`--runs: expected one number, got "${values.runs ?? ""}"; say --runs 5`);
  return {
    hosts: numbers("--hosts", values.hosts ?? (quick ? "1" : "1,4,12"), 20),
    users: numbers("--users", values.users ?? (quick ? "10" : "10,1000"), 1000),
    works: (values.work ?? (quick ? ["no change", "one rule"] : WORKS.map(({ name }) => name))).map(workNamed),
    runs,
    isPair: values.pair,
    format: values.json ? "json" : values.markdown ? "markdown" : "text",
  };
}

function numbers(option: string, text: string, max: number): number[] {
  return text.split(",").map((part) => {
    const number = Number(part);
    if (!/^[0-9]+$/.test(part) || number < 1 || number > max)
      throw new Error(`${option}: expected whole numbers from 1 to ${max} with commas between, got "${text}"`);
    return number;
  });
}

function workNamed(name: string): Work {
  const work = WORKS.find((it) => it.name === name);
  if (work === undefined) throw new Error(`--work: expected one of ${NAMES}, got "${name}"`);
  return work;
}
