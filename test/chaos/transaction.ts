import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout } from "node:timers/promises";

import { APPLY } from "../../sdk/host/payload";
import type { LabHost } from "../lab";
import { Hearing } from "./hearing";

/** What a transaction goes through, as its client hears of it. */
export const STEPS = ["staging", "validating", "committing", "activating"] as const;
export type Step = (typeof STEPS)[number];

/** What the host says first in each. */
const BEGINNINGS: Readonly<Record<Step, RegExp>> = {
  staging: /^/,
  validating: /^validating /m,
  committing: /^committing$/m,
  activating: /^(restarting|reloading) mosquitto/m,
};

/** How long each step took, in milliseconds. */
export type Timeline = Readonly<Record<Step, number>>;

/** What the command plugin does with a payload, by OpenSSH's client: it can be killed, and its path to the host can be cut. */
export class Transaction {
  private readonly answer: Hearing;
  private readonly progress: Hearing;
  private readonly begun = new Map<Step, number>([["staging", Date.now()]]);
  /** Settles with the exit code when the client is gone; null when it was killed. */
  readonly ended: Promise<number | null>;

  private constructor(
    private readonly client: ChildProcess,
    payload: string,
  ) {
    this.ended = new Promise((resolve, reject) => {
      client.once("error", reject);
      client.once("close", resolve);
    });
    this.answer = new Hearing(client.stdout);
    this.progress = new Hearing(client.stderr);
    client.stderr?.on("data", () => {
      const heard = STEPS.filter((step) => !this.begun.has(step) && BEGINNINGS[step].test(this.progress.text));
      for (const step of heard) this.begun.set(step, Date.now());
    });
    // A host that is gone reads nothing.
    client.stdin?.on("error", () => undefined).end(payload);
  }

  /** @param port - On this machine's loopback, when the way to the host leads over it. */
  static start(
    host: LabHost,
    payload: string,
    { port, verb = APPLY }: { port?: number; verb?: string } = {},
  ): Transaction {
    const detour = port === undefined ? [] : ["-p", String(port), "-o", `HostKeyAlias=${host.ip}`];
    const address = port === undefined ? host.ip : "127.0.0.1";
    return new Transaction(spawn("ssh", [...host.sshOptions, ...detour, `${host.user}@${address}`, verb]), payload);
  }

  /** The step it is in, as far as the client has heard. */
  get step(): Step | "done" {
    return this.isDone ? "done" : ([...STEPS].reverse().find((step) => this.begun.has(step)) ?? "staging");
  }

  /** Whether the host has reported success. */
  get isDone(): boolean {
    return this.answer.text.includes("\nactivation ");
  }

  /** Waits until this time after the step's beginning, or until it has ended before. */
  async until(step: Step, milliseconds: number): Promise<void> {
    await this.untilSaid(BEGINNINGS[step]);
    const since = Date.now() - (this.begun.get(step) ?? Date.now());
    await Promise.race([this.ended, setTimeout(Math.max(0, milliseconds - since))]);
  }

  /** Waits until the host has said this, and then this long; or until it has ended before. */
  async untilSaid(pattern: RegExp, milliseconds = 0): Promise<void> {
    await Promise.race([this.ended, this.progress.heard(pattern)]);
    await Promise.race([this.ended, setTimeout(milliseconds)]);
  }

  kill(): void {
    this.client.kill("SIGKILL");
  }

  /** How long the steps took, if it had all of them. @throws Error with what the host said when it has not succeeded. */
  async succeeded(): Promise<Timeline | undefined> {
    const code = await this.ended;
    if (code !== 0) throw new Error(`the next deployment failed with ${String(code)}: ${this.progress.text.trim()}`);
    return this.timeline(Date.now());
  }

  private timeline(end: number): Timeline | undefined {
    const starts = [...STEPS.map((step) => this.begun.get(step)), end];
    const lasted = STEPS.map((step, i) => [step, (starts[i + 1] ?? NaN) - (starts[i] ?? NaN)] as const);
    return lasted.some(([, time]) => Number.isNaN(time)) ? undefined : (Object.fromEntries(lasted) as Timeline);
  }
}
