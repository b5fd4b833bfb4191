import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

interface Pair {
  readonly client: Socket;
  readonly host: Socket;
  isSilent: boolean;
}

/** A path to a host's SSH port that can go: what a host sees when the network does, not what it sees when a client ends. */
export class Wire implements Disposable {
  private readonly pairs: Pair[] = [];
  private sent = 0;
  private reached: () => void = () => undefined;
  /** Settles when the limit is reached. */
  readonly isFull = new Promise<void>((resolve) => (this.reached = resolve));

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /** @param limit - How many bytes from clients get through before the path is silent; all of them when left out. */
  static async to(address: string, limit = Infinity): Promise<Wire> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const at = server.address();
    if (at === null || typeof at === "string") throw new Error("a port is expected");
    const wire = new Wire(server, at.port);
    server.on("connection", (client) => {
      wire.join({ client, host: connect({ host: address, port: 22 }), isSilent: false }, limit);
    });
    return wire;
  }

  /** The path of all connections is gone: neither end hears of the other any more, nor of its end. */
  silence(): void {
    for (const pair of this.pairs) pair.isSilent = true;
  }

  /** The host hears that its connections are no more. */
  reset(): void {
    this.silence();
    for (const { host } of this.pairs) host.resetAndDestroy();
  }

  /** The clients hear that their connections are over, as they do when they have waited in vain. */
  hangUp(): void {
    for (const { client } of this.pairs) client.destroy();
  }

  /** Both ends of all connections hear that they are over. */
  close(): void {
    for (const { client, host } of this.pairs.splice(0)) {
      client.destroy();
      host.destroy();
    }
  }

  [Symbol.dispose](): void {
    this.server.close();
    this.close();
  }

  private join(pair: Pair, limit: number): void {
    const { client, host } = pair;
    this.pairs.push(pair);
    client.on("data", (data) => {
      this.sent += data.length;
      if (this.sent > limit) {
        this.silence();
        this.reached();
      }
    });
    pass(client, host, pair);
    pass(host, client, pair);
  }
}

function pass(from: Socket, to: Socket, pair: Pair): void {
  from.on("data", (data) => {
    if (!pair.isSilent) to.write(data);
  });
  from.on("close", () => {
    if (!pair.isSilent) to.destroy();
  });
  // A connection that breaks is closed as well.
  from.on("error", () => undefined);
}
