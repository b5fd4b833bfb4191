import { readdirSync, readFileSync } from "node:fs";

/** What a program and all that it started took. */
export interface Usage extends Part {
  readonly seconds: number;
  /** By program. */
  readonly parts: Readonly<Record<string, Part>>;
}

export interface Part {
  /** Resident set sizes, added up when the sum of all was greatest; pages that processes share are counted for each. */
  readonly megabytes: number;
  /** All processors together. */
  readonly cpuSeconds: number;
}

interface Process extends Part {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
}

const PERIOD = 100;
const PAGE = 4096;
/** Of a processor's time in /proc: 100 a second on every Linux. */
const TICKS = 100;

/** Watches what this process starts while something is done, ten times a second. */
export async function watched<T>(act: () => Promise<T>): Promise<Usage & { readonly result: T }> {
  const others = new Set(descendants(process.pid).map(({ pid }) => pid));
  let most: readonly Process[] = [];
  const last = new Map<number, Process>();
  const timer = setInterval(() => {
    const now = descendants(process.pid, others);
    if (sum(now, "megabytes") > sum(most, "megabytes")) most = now;
    for (const each of now) last.set(each.pid, each);
  }, PERIOD);
  const started = performance.now();
  try {
    const result = await act();
    const seconds = (performance.now() - started) / 1000;
    const all = [...last.values()];
    const names = [...new Set(all.map(({ name }) => name))];
    const part = (is: (name: string) => boolean) => ({
      megabytes: sum(
        most.filter(({ name }) => is(name)),
        "megabytes",
      ),
      cpuSeconds: sum(
        all.filter(({ name }) => is(name)),
        "cpuSeconds",
      ),
    });
    const parts = Object.fromEntries(names.map((name) => [name, part((other) => other === name)]));
    return { result, seconds, ...part(() => true), parts };
  } finally {
    clearInterval(timer);
  }
}

function sum(list: readonly Process[], of: keyof Part): number {
  return list.reduce((total, process) => total + process[of], 0);
}

function descendants(root: number, except: ReadonlySet<number> = new Set()): Process[] {
  const all = readdirSync("/proc").flatMap((entry) => (/^\d+$/.test(entry) ? processOf(Number(entry)) : []));
  const below = (parent: number): Process[] =>
    all.filter((p) => p.parent === parent && !except.has(p.pid)).flatMap((p) => [p, ...below(p.pid)]);
  return below(root);
}

/** None when it has ended meanwhile. */
function processOf(pid: number): Process[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = stat.lastIndexOf(")");
    // At most 15 characters of it.
    const name = stat.slice(stat.indexOf("(") + 1, end);
    const fields = stat.slice(end + 2).split(" ");
    // Numbered as in proc(5).
    const field = (number: number) => Number(fields[number - 3]);
    const cpuSeconds = (field(14) + field(15)) / TICKS;
    return [{ pid, parent: field(4), name, cpuSeconds, megabytes: (field(24) * PAGE) / 1e6 }];
  } catch {
    return [];
  }
}
