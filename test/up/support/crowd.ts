import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

import type { LabHost } from "../../lab";

/**
 * A way to a host whose sshd has no slot left for a login (MaxStartups): somebody has begun that many and does not go on with
 * them. They leave when it has turned away as many connections as they want to see.
 */
export class Crowd implements Disposable {
  /** Connections that came this way and were closed by sshd before it said what it is. */
  turnedAway = 0;

  private constructor(
    readonly port: number,
    private readonly server: Server,
    private readonly unfinished: readonly Socket[],
    private readonly patience: number,
  ) {}

  static async at(host: LabHost, slots: number, patience = Infinity): Promise<Crowd> {
    const unfinished = Array.from({ length: slots }, () => connect(22, host.ip));
    await Promise.all(unfinished.map((socket) => once(socket, "data")));
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const crowd = new Crowd(port, server, unfinished, patience);
    server.on("connection", (client) => {
      crowd.pass(client, connect(22, host.ip));
    });
    return crowd;
  }

  [Symbol.dispose](): void {
    this.server.close();
    this.leave();
  }

  private leave(): void {
    for (const socket of this.unfinished) socket.destroy();
  }

  private pass(client: Socket, host: Socket): void {
    let first = "";
    host.once("data", (data) => (first = data.toString("latin1")));
    host.once("close", () => {
      if (first.startsWith("SSH-")) return;
      this.turnedAway += 1;
      if (this.turnedAway === this.patience) this.leave();
    });
    client.pipe(host).pipe(client);
    // A connection that is reset ends in an error, and no end is passed on.
    client.on("error", () => host.destroy());
    host.on("error", () => client.resetAndDestroy());
  }
}
