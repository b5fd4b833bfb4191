// The simulated Pis: a process of their own, so that what they cost is not taken for the program's. Started by pis.ts.
import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { type Connection, Server, type ServerChannel, utils } from "ssh2";

import { OBSERVE } from "../../sdk/host/look/observation";
import { APPLY } from "../../sdk/host/payload";
import { type Address, type Answer, type Counts, MOST_AT_ONCE, type Order } from "./protocol";
import { SimulatedPi } from "./simulatedPi";

/** What a Pi takes on standard input. Bytes. */
const MOST_INPUT = 4 * 1024 * 1024;

const keys = utils.generateKeyPairSync("ed25519");
const login = utils.generateKeyPairSync("ed25519");
const pis = new Map<string, SimulatedPi>();
const connections = new Map<string, number>();
const commands = { looks: 0, deployments: 0 };
let open = 0;
let most = 0;

/** Each Pi has an address of its own on the loopback, and all have the same port. */
async function listen(name: string, index: number, port: number): Promise<Address> {
  const pi = new SimulatedPi(name);
  pis.set(name, pi);
  const server = new Server({ hostKeys: [keys.private] }, (client) => {
    welcome(client, name, pi);
  });
  const host = `127.77.${Math.floor(index / 250)}.${(index % 250) + 1}`;
  server.listen(port, host);
  await once(server, "listening");
  return { name, host, port: (server.address() as AddressInfo).port };
}

function welcome(client: Connection, name: string, pi: SimulatedPi): void {
  if (open >= MOST_AT_ONCE) {
    client.end();
    return;
  }
  open += 1;
  most = Math.max(most, open);
  connections.set(name, (connections.get(name) ?? 0) + 1);
  client
    .on("close", () => (open -= 1))
    .on("error", () => client.end())
    .on("authentication", (attempt) => {
      const isOurs = attempt.method === "publickey" && attempt.key.data.equals(publicKey);
      if (isOurs) attempt.accept();
      else attempt.reject(["publickey"]);
    })
    .on("session", (accept) => {
      accept().on("exec", (take, _refuse, { command }) => {
        answer(take(), command, pi);
      });
    });
}

const publicKey = parsed(login.public).getPublicSSH();

function parsed(key: string) {
  const result = utils.parseKey(key);
  if (result instanceof Error) throw result;
  return result;
}

function answer(channel: ServerChannel, command: string, pi: SimulatedPi): void {
  const pieces: Buffer[] = [];
  let left = MOST_INPUT;
  channel
    .on("data", (piece: Buffer) => {
      left -= piece.length;
      if (left >= 0) pieces.push(piece);
      else channel.close();
    })
    .on("end", () => {
      channel.write(output(command, Buffer.concat(pieces).toString(), pi));
      channel.exit(0);
      channel.end();
    });
}

function output(command: string, stdin: string, pi: SimulatedPi): string {
  switch (command) {
    case OBSERVE:
      commands.looks += 1;
      return pi.observe();
    case APPLY:
      commands.deployments += 1;
      return pi.apply(stdin);
    default:
      throw new Error(`no Pi is asked for this: ${command}`);
  }
}

/** What was counted since the last time. */
function count(): Counts {
  const { user, system } = process.cpuUsage();
  const counts = {
    connections: Object.fromEntries(connections),
    ...commands,
    mostConnections: most,
    cpuSeconds: (user + system) / 1e6,
  };
  connections.clear();
  Object.assign(commands, { looks: 0, deployments: 0 });
  most = open;
  return counts;
}

async function obey(order: Order): Promise<Answer> {
  switch (order.kind) {
    case "start": {
      const [first, ...rest] = order.names;
      const addresses = [await listen(first ?? "", 0, 0)];
      for (const [i, name] of rest.entries()) addresses.push(await listen(name, i + 1, addresses[0]?.port ?? 0));
      return { kind: "started", addresses, hostKey: keys.public, privateKey: login.private };
    }
    case "tamper":
      for (const name of order.names) pis.get(name)?.tamper();
      return { kind: "counted", counts: count() };
    case "count":
      return { kind: "counted", counts: count() };
  }
}

process.on("message", (order: Order) => {
  obey(order).then((told) => process.send?.(told), fail);
});
// The one who started it is gone.
process.on("disconnect", () => process.exit());

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}
