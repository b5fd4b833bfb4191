import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout } from "node:timers/promises";

import { APPLY } from "../../sdk/host/payload";
import type { LabHost } from "../lab";

/** What a transaction goes through, as its client hears of it. */
export const STEPS = ["staging", "validating", "committing", "activating"] as const;
export type Step = (typeof STEPS)[number];

const BEGINNINGS: Readonly<Record<Exclude<Step, "staging">, RegExp>> = {
  validating: /^validating /m,
  committing: /^committing$/m,
  activating: /^(restarting|reloading) mosquitto/m,
};

/** How long each step took, in milliseconds. */
export type Timeline = Readonly<Record<Step, number>>;

/** What the command plugin does with a payload, by OpenSSH's client: it can be killed, and its path to the host can be cut. */
export class Transaction {
  /** All that the host has said. */
  said = "";
  private answer = "";
  private readonly begun = new Map<Step, number>([["staging", Date.now()]]);
  private readonly waiting = new Map<Step, () => void>();
  /** Settles with the exit code when the client is gone; null when it was killed. */
  readonly ended: Promise<number | null>;

  private constructor(
    private readonly client: ChildProcess,
    payload: string,
  ) {
    this.ended = new Promise((resolve, reject) => {
      client.once("error", reject);
      client.once("close", (code) => {
        this.settle();
        resolve(code);
      });
    });
    client.stdout?.setEncoding("utf8").on("data", (text: string) => (this.answer += text));
    client.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.said += text;
      for (const step of STEPS) if (step !== "staging" && BEGINNINGS[step].test(this.said)) this.begin(step);
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
    return this.answer.includes("\nactivation ");
  }

  /** Waits until this time after the step's beginning, or until it has ended before. */
  async until(step: Step, milliseconds: number): Promise<void> {
    if (!this.begun.has(step))
      await Promise.race([this.ended, new Promise<void>((resolve) => this.waiting.set(step, resolve))]);
    const since = Date.now() - (this.begun.get(step) ?? 0);
    if (since < milliseconds) await Promise.race([this.ended, setTimeout(milliseconds - since)]);
  }

  kill(): void {
    this.client.kill("SIGKILL");
  }

  /** How long the steps took, if it had all of them. @throws Error with what the host said when it has not succeeded. */
  async succeeded(): Promise<Timeline | undefined> {
    const code = await this.ended;
    if (code !== 0) throw new Error(`the next deployment failed with ${String(code)}: ${this.said.trim()}`);
    return this.timeline(Date.now());
  }

  private timeline(end: number): Timeline | undefined {
    const starts = [...STEPS.map((step) => this.begun.get(step)), end];
    const lasted = STEPS.map((step, i) => [step, (starts[i + 1] ?? NaN) - (starts[i] ?? NaN)] as const);
    return lasted.some(([, time]) => Number.isNaN(time)) ? undefined : (Object.fromEntries(lasted) as Timeline);
  }

  private begin(step: Step): void {
    if (!this.begun.has(step)) this.begun.set(step, Date.now());
    this.waiting.get(step)?.();
  }

  private settle(): void {
    for (const resolve of this.waiting.values()) resolve();
  }
}
