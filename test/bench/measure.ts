import { readFileSync } from "node:fs";
import { join } from "node:path";

import { run } from "../support/run";
import type { Variant } from "./fleet";
import type { BenchHosts, Count } from "./hosts";
import { type Owner, quoted, type Tool, toolFiles } from "./tool";
import { takesPart, type Work } from "./work";

/** What one run of a tool took, hosts taken together but for the time. */
export interface Sample {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly logins: number;
  readonly commands: number;
}

/** Times tools on hosts with hyperfine, in rounds: whatever else loads the machine meets all of them. */
export class Stopwatch {
  private readonly current = new Map<Owner, Variant>();

  constructor(
    private readonly hosts: BenchHosts,
    private readonly tools: readonly Tool[],
  ) {}

  /** The samples of each tool that takes part, in the tools' order. */
  async measure(work: Work, runs: number, onRun: (tool: Tool) => void): Promise<ReadonlyMap<Tool, readonly Sample[]>> {
    await this.toStart(work);
    const samples = new Map(this.tools.filter((tool) => takesPart(tool, work)).map((tool) => [tool, [] as Sample[]]));
    for (let i = 0; i < runs; i++)
      for (const [tool, list] of samples) {
        onRun(tool);
        list.push(await this.time(tool, this.next(tool, work), work.isFirst));
      }
    return samples;
  }

  /** Without timing: every owner's hosts have the inputs as they are at the start. */
  private async toStart({ isFirst }: Work): Promise<void> {
    if (isFirst) return;
    for (const tool of this.tools.filter((it, i, all) => all.findIndex(({ owner }) => owner === it.owner) === i)) {
      const current = this.current.get(tool.owner);
      if (current !== "base") await this.time(tool, "base", current === undefined);
    }
  }

  private next({ owner }: Tool, { variant }: Work): Variant {
    return this.current.get(owner) === variant ? "base" : variant;
  }

  private async time(tool: Tool, variant: Variant, isFirst: boolean): Promise<Sample> {
    const { folder } = this.hosts;
    const { script, log } = toolFiles(tool, folder);
    const report = join(folder, "hyperfine.json");
    const prepare = this.hosts.switchCommand(tool.owner, variant, isFirst);
    const steps = ["--prepare", prepare, "--cleanup", this.hosts.countCommand()];
    const options = ["--runs", "1", "--shell", "none", "--style", "none", "--export-json", report, ...steps];
    const { code, stderr } = await run("hyperfine", [...options, `sh ${quoted(script)}`]);
    if (code !== 0) throw new Error(`${tool.name} failed:\n${stderr}${tail(log)}`);
    const [before, after] = [this.hosts.counts("before"), this.hosts.counts("after")];
    const was = this.current.get(tool.owner);
    this.current.set(tool.owner, variant);
    checkOutcome(tool, variant, after, log);
    if (!isFirst && was === variant) checkIdle(tool, log);
    if (!isFirst) checkRenewed(tool, (was === "certificate") !== (variant === "certificate"), before, after);
    const { results } = JSON.parse(readFileSync(report, "utf8")) as { results: [{ times: [number] }] };
    return { seconds: results[0].times[0], ...spent(before, after) };
  }
}

/** A tool that did not do its work is not fast. */
function checkOutcome(tool: Tool, variant: Variant, after: readonly Count[], log: string): void {
  const isThere = ({ hasChangedRule, hasExtraUser, certificate }: Count) =>
    hasChangedRule === (variant === "rule") && hasExtraUser === (variant === "user") && certificate !== "none";
  if (!after.every(isThere)) throw new Error(`${tool.name} did not bring "${variant}" to every host:\n${tail(log)}`);
}

/** What a tool says when it has found something to do. A shell script says nothing. */
const FOUND: Partial<Record<Owner, RegExp>> = {
  pulumi: /^ +[~+-]+ ?[0-9]+ (updated|created|deleted|replaced|to )/m,
  ansible: / changed=[1-9]/,
  "ansible-files": / changed=[1-9]/,
};

/** A tool that finds something to do where nothing is does another work than the one that is timed. */
function checkIdle({ name, owner }: Tool, log: string): void {
  const found = readFileSync(log, "utf8");
  if (FOUND[owner]?.test(found) === true)
    throw new Error(`${name}: expected that nothing is to be done, got:\n${found}`);
}

function checkRenewed(tool: Tool, isRenewed: boolean, before: readonly Count[], after: readonly Count[]): void {
  if (!after.every(({ certificate }, i) => (certificate !== before[i]?.certificate) === isRenewed))
    throw new Error(`${tool.name}: expected ${isRenewed ? "new certificates" : "the same certificates"} on every host`);
}

function spent(before: readonly Count[], after: readonly Count[]): Omit<Sample, "seconds"> {
  const grown = (of: (count: Count) => number) => sum(after.map(of)) - sum(before.map(of));
  return {
    cpuSeconds: grown((c) => c.cpuSeconds),
    bytesSent: grown((c) => c.bytesSent),
    bytesReceived: grown((c) => c.bytesReceived),
    logins: grown((c) => c.logins),
    commands: grown((c) => c.commands),
  };
}

const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);

function tail(file: string): string {
  return readFileSync(file, "utf8").split("\n").slice(-30).join("\n");
}
