import type { Sample } from "./measure";
import type { Tool } from "./tool";

/** The names of the tools whose times are compared first of all. */
export const PAIR: readonly string[] = ["ours", "ours, preview", "Ansible"];

/** One line of results: how all tools did at one work. */
export interface Result {
  readonly work: string;
  readonly hosts: number;
  readonly users: number;
  readonly runs: number;
  /** Ansible's median time over ours. */
  readonly ratio: number;
  /** The same, of an Ansible that only puts files into place, where it took part. */
  readonly ratioFilesOnly?: number;
  /** By the name of the tool. */
  readonly tools: Readonly<Record<string, Figures>>;
}

/** Medians of a tool; all but `seconds` are for one host. */
export interface Figures {
  readonly seconds: number;
  readonly logins: number;
  readonly commands: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly cpuSeconds: number;
}

export function summary(
  { work, hosts, users }: Pick<Result, "work" | "hosts" | "users">,
  samples: ReadonlyMap<Tool, readonly Sample[]>,
): Result {
  const tools = Object.fromEntries([...samples].map(([{ name }, list]) => [name, figures(list, hosts)]));
  const runs = Math.min(...[...samples.values()].map((list) => list.length));
  const overOurs = (name: string) => round((tools[name]?.seconds ?? NaN) / (tools["ours"]?.seconds ?? NaN), 2);
  const filesOnly = "Ansible, files only" in tools ? { ratioFilesOnly: overOurs("Ansible, files only") } : {};
  return { work, hosts, users, runs, ratio: overOurs("Ansible"), ...filesOnly, tools };
}

function figures(samples: readonly Sample[], hosts: number): Figures {
  const each = (of: (sample: Sample) => number, digits: number) => round(median(samples.map(of)) / hosts, digits);
  return {
    seconds: round(median(samples.map(({ seconds }) => seconds)), 3),
    logins: each((s) => s.logins, 1),
    commands: each((s) => s.commands, 1),
    bytesSent: each((s) => s.bytesSent, 0),
    bytesReceived: each((s) => s.bytesReceived, 0),
    cpuSeconds: each((s) => s.cpuSeconds, 3),
  };
}

export function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  const at = (i: number) => sorted[i] ?? NaN;
  return (at(Math.ceil(sorted.length / 2) - 1) + at(Math.floor(sorted.length / 2))) / 2;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** The results as tables: seconds first, then what each tool asks of one host. */
export function markdown(results: readonly Result[]): string {
  const names = [...new Set(results.flatMap(({ tools }) => Object.keys(tools)))];
  const head = ["Work", "Hosts", "Users and rules"];
  const place = ({ work, hosts, users }: Result) => [work, String(hosts), String(users)];
  const seconds = results.map((result) => [
    ...place(result),
    ...names.map((name) => cell(result.tools[name]?.seconds.toFixed(1))),
    times(result.ratio),
    times(result.ratioFilesOnly),
  ]);
  const costs = results.flatMap((result) =>
    Object.entries(result.tools).map(([name, f]) => [
      ...place(result),
      name,
      String(f.logins),
      String(f.commands),
      kilobytes(f.bytesSent),
      kilobytes(f.bytesReceived),
      f.cpuSeconds.toFixed(2),
    ]),
  );
  const columns = ["Tool", "SSH logins", "Commands", "kB to it", "kB from it", "CPU seconds"];
  return [
    table([...head, ...names, "Ansible / ours", "Files only / ours"], seconds),
    "Of each host:\n",
    table([...head, ...columns], costs),
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

const times = (ratio: number | undefined) => (ratio === undefined ? "" : `${ratio.toFixed(1)}x`);
const cell = (text: string | undefined) => text ?? "";
const kilobytes = (bytes: number) => (bytes / 1000).toFixed(1);

/** One result for people. */
export function text({ work, hosts, users, ratio, ratioFilesOnly, tools }: Result): string {
  const lines = Object.entries(tools).map(([name, { seconds }]) => `  ${seconds.toFixed(2).padStart(8)} s  ${name}\n`);
  const title = `${work}, ${hosts} host${hosts === 1 ? "" : "s"}, ${users} users and rules`;
  const filesOnly = ratioFilesOnly === undefined ? "" : `, ${ratioFilesOnly.toFixed(1)} times with files only`;
  return `${title}: Ansible takes ${ratio.toFixed(1)} times as long as ours${filesOnly}\n${lines.join("")}`;
}
