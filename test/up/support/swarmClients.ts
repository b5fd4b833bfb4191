import { setTimeout } from "node:timers/promises";

import { Session } from "../../support/proof/session";
import type { Answer, Order, SwarmReport, SwarmSpec } from "./swarm";

/** Time between two messages of one client. */
const PAUSE = 800;
/** Handshakes at a time. */
const CROWD = 20;

/** The clients at one broker. */
class Clients {
  private readonly acknowledged = new Set<string>();
  private disconnects = 0;
  private refused = 0;
  private longest = 0;
  private isStopped = false;
  private working: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly witness: Session,
    private readonly sessions: readonly Session[],
  ) {}

  static async open({ server, login, witness, clients }: SwarmSpec): Promise<Clients> {
    const listener = await Session.open(server, witness);
    await listener.subscribe("swarm/#");
    const sessions: Session[] = [];
    while (sessions.length < clients) {
      const crowd = Array.from({ length: Math.min(CROWD, clients - sessions.length) }, () =>
        Session.open(server, login),
      );
      sessions.push(...(await Promise.all(crowd)));
    }
    const opened = new Clients(listener, sessions);
    opened.working = Promise.all(sessions.map((session, i) => opened.work(session, i)));
    return opened;
  }

  /** Milliseconds of the slowest message since it was last asked. */
  mark(): number {
    const { longest } = this;
    this.longest = 0;
    return longest;
  }

  async stop(): Promise<SwarmReport> {
    this.isStopped = true;
    await this.working;
    await this.witness.publish("swarm/end", "end");
    const arrived = new Set((await this.witness.receiveUpTo("end")).map(({ text }) => text));
    await Promise.all([this.witness, ...this.sessions].map((session) => session.close()));
    const lost = [...this.acknowledged].filter((text) => !arrived.has(text)).length;
    return { disconnects: this.disconnects, refused: this.refused, acknowledged: this.acknowledged.size, lost };
  }

  private async work(session: Session, number: number): Promise<void> {
    const gone = session.gone.then(() => {
      if (!this.isStopped) this.disconnects += 1;
    });
    await setTimeout(Math.random() * PAUSE);
    for (let count = 0; !this.isStopped && session.isOpen; count += 1) {
      const text = `${number}-${count}`;
      const start = performance.now();
      const publishing = session.publish(`swarm/${number}`, text).then(
        () => this.acknowledged.add(text),
        () => (this.refused += session.isOpen ? 1 : 0),
      );
      await Promise.race([publishing, gone]);
      this.longest = Math.max(this.longest, performance.now() - start);
      await setTimeout(PAUSE);
    }
  }
}

let swarms: readonly Clients[] = [];

async function obey(order: Order): Promise<Exclude<Answer, string>> {
  if (order === "stop") return { stopped: await Promise.all(swarms.map((swarm) => swarm.stop())) };
  if (order !== "mark") swarms = await Promise.all(order.start.map((spec) => Clients.open(spec)));
  return { longest: swarms.map((swarm) => swarm.mark()) };
}

process.on("message", (order: Order) => {
  obey(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.(String(error)),
  );
});
process.on("disconnect", () => process.exit());
