import { type ChildProcess, execFileSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";

import type { Spec } from "../up/program/spec";
import type { Stack } from "../up/support/stack";
import { Hearing } from "./hearing";

/** A `pulumi up` that can be interrupted, the ways people and machines do. */
export class StartedUp {
  private readonly output: Hearing;
  /** Settles with the exit code, null when it was killed. */
  readonly ended: Promise<number | null>;

  private constructor(private readonly engine: ChildProcess) {
    this.ended = new Promise((resolve, reject) => {
      engine.once("error", reject);
      // Not "close": programs that a killed engine leaves behind hold its output open.
      engine.once("exit", resolve);
    });
    this.output = new Hearing(engine.stdout, engine.stderr);
  }

  /** All it has printed. */
  get printed(): string {
    return this.output.text;
  }

  static async start(stack: Stack, spec: Spec): Promise<StartedUp> {
    return new StartedUp(await stack.start(spec));
  }

  /** Waits until it has printed this, and then this long; or until it has ended. */
  async until(pattern: RegExp, milliseconds = 0): Promise<void> {
    await Promise.race([this.ended, this.output.heard(pattern)]);
    await Promise.race([this.ended, setTimeout(milliseconds)]);
  }

  /** Ctrl-C: the terminal sends it to the whole group. */
  interrupt(): void {
    this.signal(-this.pid, "SIGINT");
  }

  /** The engine alone is killed, as by the kernel when memory runs out. */
  killEngine(): void {
    this.signal(this.pid, "SIGKILL");
  }

  /** The engine and all it has started, as when a runner or a laptop is switched off. */
  killAll(): void {
    for (const pid of [...descendants(this.pid), this.pid]) this.signal(pid, "SIGKILL");
  }

  private get pid(): number {
    if (this.engine.pid === undefined) throw new Error("pulumi did not start");
    return this.engine.pid;
  }

  private signal(pid: number, signal: NodeJS.Signals): void {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // It has ended.
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}

function descendants(pid: number): number[] {
  const processes = execFileSync("ps", ["-e", "-o", "pid=,ppid="], { encoding: "utf8" });
  const parents = processes
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    parents.flatMap(([child, its]) => (its === parent && child !== undefined ? [...below(child), child] : []));
  return below(pid);
}
