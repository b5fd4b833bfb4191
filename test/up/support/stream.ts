import { setTimeout } from "node:timers/promises";

import { type Login, type Server, Session } from "../../support/proof/session";

/** A client that publishes all the time, each message after the one before was acknowledged. */
export class Stream {
  private acknowledged = 0;
  private isStopped = false;
  private readonly done: Promise<void>;

  private constructor(
    private readonly session: Session,
    topic: string,
  ) {
    this.done = this.publishOn(topic);
  }

  static async start(server: Server, login: Login, topic: string): Promise<Stream> {
    return new Stream(await Session.open(server, login), topic);
  }

  /** Ends it, and says how it went until then. */
  async stop(): Promise<{ readonly acknowledged: number; readonly isOpen: boolean }> {
    this.isStopped = true;
    await Promise.race([this.done, this.session.gone]);
    const { isOpen } = this.session;
    await this.session.close();
    return { acknowledged: this.acknowledged, isOpen };
  }

  private async publishOn(topic: string): Promise<void> {
    while (!this.isStopped) {
      await this.session.publish(topic, String(this.acknowledged));
      this.acknowledged += 1;
      await setTimeout(20);
    }
  }
}
