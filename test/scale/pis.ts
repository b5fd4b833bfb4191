import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import type { Login } from "../../sdk/host/ssh/auth";
import type { Answer, Counts, Order } from "./protocol";

/** Simulated Pis, until they are disposed of. */
export class Pis implements AsyncDisposable {
  private constructor(
    private readonly server: ChildProcess,
    /** How to log in to them. */
    readonly fleet: Readonly<Record<string, Login>>,
  ) {}

  static async start(count: number): Promise<Pis> {
    const server = fork(join(__dirname, "server.ts"), { execArgv: ["--import", "tsx"] });
    const width = String(count).length;
    const names = Array.from({ length: count }, (_, i) => `pi${String(i + 1).padStart(width, "0")}`);
    const told = await ask(server, { kind: "start", names });
    if (told.kind !== "started") throw new Error("the simulated Pis did not start");
    const { addresses, hostKey, privateKey } = told;
    const logins = addresses.map(({ name, host, port }) => [name, { host, port, user: "pi", privateKey, hostKey }]);
    return new Pis(server, Object.fromEntries(logins) as Record<string, Login>);
  }

  get names(): string[] {
    return Object.keys(this.fleet);
  }

  /** What happened since the last call. */
  count(): Promise<Counts> {
    return this.counted({ kind: "count" });
  }

  /** Somebody edits the ACL on these by hand. */
  async tamper(names: readonly string[]): Promise<void> {
    await this.counted({ kind: "tamper", names });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.server.exitCode !== null) return;
    this.server.disconnect();
    await once(this.server, "exit");
  }

  private async counted(order: Order): Promise<Counts> {
    const told = await ask(this.server, order);
    if (told.kind !== "counted") throw new Error("the simulated Pis gave no count");
    return told.counts;
  }
}

async function ask(server: ChildProcess, order: Order): Promise<Answer> {
  const ended = new AbortController();
  const gone = () => {
    ended.abort(new Error("the simulated Pis have ended"));
  };
  server.once("exit", gone);
  server.send(order);
  try {
    const [answer] = (await once(server, "message", { signal: ended.signal })) as [Answer];
    return answer;
  } finally {
    server.off("exit", gone);
  }
}
