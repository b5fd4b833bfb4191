import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import type { Login, Server } from "../../support/proof/session";

/** Many clients of one user at one broker, and one that listens to them all. */
export interface SwarmSpec {
  readonly server: Server;
  /** Who publishes to `swarm/<number>`. */
  readonly login: Login;
  /** Who receives `swarm/#`. */
  readonly witness: Login;
  readonly clients: number;
}

/** What became of the clients at one broker. */
export interface SwarmReport {
  /** Connections that ended by themselves. */
  readonly disconnects: number;
  /** Messages that the broker answered with an error. */
  readonly refused: number;
  readonly acknowledged: number;
  /** Messages that were acknowledged and never came to the witness. */
  readonly lost: number;
}

export type Order = { readonly start: readonly SwarmSpec[] } | "mark" | "stop";
/** The answer to an order; a text when it failed. */
export type Answer = { readonly longest: readonly number[] } | { readonly stopped: readonly SwarmReport[] } | string;

/** Clients that publish with QoS 1 all the time, in a process of their own so that nothing here holds them up. */
export class Swarm implements AsyncDisposable {
  private constructor(private readonly child: ChildProcess) {}

  /** Settles when all are connected and at work. */
  static async start(...specs: readonly SwarmSpec[]): Promise<Swarm> {
    const swarm = new Swarm(fork(join(__dirname, "swarmClients.ts"), { execArgv: ["--import", "tsx"] }));
    try {
      await swarm.order({ start: specs });
      return swarm;
    } catch (error) {
      await swarm[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Milliseconds that the slowest message at each broker waited for its acknowledgement, since it was last asked. */
  async longest(): Promise<readonly number[]> {
    const answer = await this.order("mark");
    assert.ok("longest" in answer);
    return answer.longest;
  }

  /** Ends it, and tells how it went at each broker. */
  async stop(): Promise<readonly SwarmReport[]> {
    const answer = await this.order("stop");
    assert.ok("stopped" in answer);
    return answer.stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }

  private async order(order: Order): Promise<Exclude<Answer, string>> {
    const answered = new AbortController();
    const { signal } = answered;
    const exit = once(this.child, "exit", { signal }).then(() => ["its process ended"]);
    this.child.send(order);
    const [answer] = (await Promise.race([once(this.child, "message", { signal }), exit])) as [Answer];
    exit.catch(() => undefined);
    answered.abort();
    if (typeof answer === "string") throw new Error(`the swarm: ${answer}`);
    return answer;
  }
}
