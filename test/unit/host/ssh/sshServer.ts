import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server as TcpServer, type Socket } from "node:net";

import { Server, utils, type AuthContext, type Connection, type ServerChannel } from "ssh2";

export const KEYS = {
  ed25519: utils.generateKeyPairSync("ed25519"),
  other: utils.generateKeyPairSync("ed25519"),
  ecdsa: utils.generateKeyPairSync("ecdsa", { bits: 256 }),
};
export const PASSWORD = "Heron-44-lamp-river";

interface Behaviour {
  readonly hostKeys?: readonly string[];
  /** Default: the password is PASSWORD. */
  readonly login?: (context: AuthContext) => void;
  /** Default: prints what it is given, in two streams. */
  readonly command?: (channel: ServerChannel, line: string, client: Connection, socket: Socket) => void;
  /** Connections that are closed at once, before any other. */
  readonly drops?: number;
  /** Forwards to any port. Default: no. */
  readonly bastion?: boolean;
}

/** An SSH server on loopback that behaves as told. */
export class FakeHost {
  /** TCP connections so far, and those that are open. */
  connections = 0;
  readonly open = new Set<Socket>();

  private constructor(
    private readonly listener: TcpServer,
    readonly port: number,
  ) {}

  static async start(behaviour: Behaviour = {}): Promise<FakeHost> {
    const { hostKeys = [KEYS.ed25519.private, KEYS.ecdsa.private], drops = 0 } = behaviour;
    const server = new Server({ hostKeys: [...hostKeys] });
    const host = await FakeHost.tcp((socket) => {
      if (host.connections <= drops) socket.destroy();
      else server.injectSocket(socket);
    });
    server.on("connection", (client, { port }) => {
      const socket = [...host.open].find(({ remotePort }) => remotePort === port);
      assert.ok(socket);
      serve(client, socket, behaviour);
    });
    return host;
  }

  /** A server that may speak anything. */
  static async tcp(talk: (socket: Socket) => void): Promise<FakeHost> {
    const listener = createServer({ allowHalfOpen: true });
    await once(listener.listen(0, "127.0.0.1"), "listening");
    const host = new FakeHost(listener, (listener.address() as AddressInfo).port);
    listener.on("connection", (socket) => {
      host.connections += 1;
      host.open.add(socket);
      socket.on("error", () => undefined).on("close", () => host.open.delete(socket));
      talk(socket);
    });
    return host;
  }

  async stop(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    this.listener.close();
    await once(this.listener, "close");
  }
}

function serve(client: Connection, socket: Socket, behaviour: Behaviour): void {
  const { login = byPassword, command = echo, bastion = false } = behaviour;
  client.on("error", () => undefined).on("authentication", login);
  client.on("session", (accept) => {
    accept().on("exec", (acceptCommand, _reject, { command: line }) => {
      command(acceptCommand(), line, client, socket);
    });
  });
  client.on("tcpip", (accept, reject, { destIP, destPort }) => {
    if (!bastion) {
      reject();
      return;
    }
    const channel = accept();
    const target = connect(destPort, destIP);
    target.on("error", () => {
      channel.close();
    });
    target.pipe(channel).on("error", () => undefined);
    channel.pipe(target);
  });
}

function byPassword(context: AuthContext): void {
  if (context.method === "password" && context.password === PASSWORD) context.accept();
  else context.reject(["password"]);
}

function echo(channel: ServerChannel, line: string): void {
  let given = "";
  channel.on("data", (piece: Buffer) => (given += piece.toString()));
  channel.on("end", () => {
    channel.stderr.write(`ran ${line}`);
    channel.write(given);
    channel.exit(3);
    channel.end();
  });
}
