import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { PulumiProject } from "../engine/engine";
import type { Output } from "../support/run";
import { type TemporaryFolder, temporaryFolder } from "../support/temporaryFolder";
import { Pis } from "./pis";
import { type Usage, watched } from "./processes";
import type { Counts } from "./protocol";
import { fleetStack } from "./stack";

/** A command of Pulumi's: what it printed, what it took, and what the Pis saw of it. */
export interface Run extends Usage {
  readonly output: Output;
  readonly counts: Counts;
}

/** Deployments at a time: each is a connection of the command plugin's, which keeps it open to the end. */
const PARALLEL = 16;

/** A stack with simulated Pis, in a folder of its own. */
export class FleetRun implements AsyncDisposable {
  private constructor(
    readonly pis: Pis,
    private readonly project: PulumiProject,
    private readonly folder: TemporaryFolder,
  ) {}

  /** @param log - Whether Pulumi keeps its log of all that it does. */
  static async start(hosts: number, log = true): Promise<FleetRun> {
    const folder = temporaryFolder("scale");
    try {
      const pis = await Pis.start(hosts);
      const fleet = new FleetRun(pis, fleetStack(folder.path, pis.fleet), folder);
      // Where a file is in place of their folder, there are no logs.
      if (!log) writeFileSync(fleet.logs, "");
      return fleet;
    } catch (error) {
      folder.remove();
      throw error;
    }
  }

  /** Where Pulumi keeps its logs. */
  get logs(): string {
    return join(this.project.env["PULUMI_HOME"] ?? "", "logs");
  }

  async up(): Promise<Run> {
    const run = await this.watch(() => this.project.up("--parallel", String(PARALLEL)));
    return succeeded(run);
  }

  /** With `--expect-no-changes`: one that fails is an answer. */
  preview(): Promise<Run> {
    return this.watch(() => this.project.preview({ expectNoChanges: true }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.pis[Symbol.asyncDispose]();
    } finally {
      this.folder.remove();
    }
  }

  private async watch(act: () => Promise<Output>): Promise<Run> {
    await this.pis.count();
    const { result, ...usage } = await watched(act);
    return { ...usage, output: result, counts: await this.pis.count() };
  }
}

/** @throws AssertionError with all that was printed when it failed. */
export function succeeded(run: Run): Run {
  const { code, stdout, stderr } = run.output;
  assert.equal(code, 0, `pulumi failed:\n${stdout}${stderr}`);
  return run;
}

/** The lines of a preview that name what is not as deployed on some host, and the names of these hosts. */
export function drifted({ output }: Run): string[] {
  const lines = (output.stdout + output.stderr).matchAll(/drift on (\S+) /g);
  return [...new Set([...lines].map(([, name]) => name ?? ""))].sort();
}
