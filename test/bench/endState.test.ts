import assert from "node:assert/strict";

import { type Login, type Server, Session } from "../support/proof/session";
import { temporaryFolder } from "../support/temporaryFolder";
import { asRoot } from "../up/support/host";
import { ansibleTools } from "./ansibleTools";
import { passwordOf } from "./fleet";
import { BenchHosts } from "./hosts";
import { type Inputs, makeInputs } from "./inputs";
import { Stopwatch } from "./measure";
import { pulumiTools } from "./pulumiTools";
import { summary } from "./report";
import { sshTool } from "./sshTool";
import type { Tool } from "./tool";
import { WORKS } from "./work";

const NOT_AUTHORIZED = 135;
const [FIRST] = WORKS;

/** What clients of a broker meet that is as it should be: 0 is yes, another number the broker's reason for no. */
const WANTED = {
  "logs in with the password": 0,
  "logs in with a wrong password": NOT_AUTHORIZED,
  "logs in without a name": NOT_AUTHORIZED,
  "logs in over websockets": 0,
  "logs in with a client certificate": 0,
  "logs in to mutual TLS without a certificate": "hung up on",
  "publishes to house/room1/t": 0,
  "publishes to house/room2/t": NOT_AUTHORIZED,
  "publishes to marker/base": 0,
  "publishes to marker/changed": NOT_AUTHORIZED,
  "publishes to devices/user1/t": 0,
  "publishes to devices/user2/t": NOT_AUTHORIZED,
  "hears marker/base": true,
  "hears house/room1/t": false,
};

describe("what the benchmark compares", function () {
  this.timeout(300_000);
  const temporary = temporaryFolder("bench", "outside");
  let hosts: BenchHosts;
  let inputs: Inputs;
  let tools: Tool[];

  before(async () => {
    hosts = await BenchHosts.start(1, temporary.path);
    inputs = await makeInputs(temporary.path, hosts.list, 2);
    const all = [...(await pulumiTools(inputs)), ...ansibleTools(inputs), sshTool(inputs)];
    tools = all.filter(({ name }) => ["ours", "Ansible", "ssh script"].includes(name));
    assert.equal(tools.length, 3);
  });

  after(async () => {
    await hosts[Symbol.asyncDispose]();
    temporary.remove();
  });

  it("reaches the same end state with every tool, and counts what each of them did", async () => {
    assert.ok(FIRST?.isFirst);
    const samples = new Map();
    for (const tool of tools) {
      for (const [name, list] of await new Stopwatch(hosts, [tool]).measure(FIRST, 1, () => undefined))
        samples.set(name, list);
      assert.deepEqual(await clientsMeet(), WANTED, tool.name);
      assert.equal(await unit(), "active enabled", tool.name);
    }
    const line = JSON.stringify(summary({ work: FIRST.name, hosts: 1, users: 2 }, samples));
    const { work, hosts: count, ratio, tools: figures } = JSON.parse(line) as ReturnType<typeof summary>;
    assert.deepEqual([work, count], ["first converge", 1]);
    const [ours, ansible] = [figures["ours"], figures["Ansible"]];
    assert.ok(ours && ansible);
    assert.ok(Math.abs(ratio - ansible.seconds / ours.seconds) < 0.02, line);
    // A look, then the transaction.
    assert.deepEqual([ours.logins, ours.commands, ansible.logins], [2, 2, 1], line);
    assert.ok(ansible.commands > 10, line);
    for (const { seconds, bytesSent, cpuSeconds } of [ours, ansible])
      assert.ok(seconds > 0 && bytesSent > 1000 && cpuSeconds > 0, line);
  });

  async function clientsMeet(): Promise<typeof WANTED> {
    const [host] = hosts.list;
    assert.ok(host);
    const { certificatePem: caPem } = inputs.authority.pair();
    const server: Server = { address: host.ip, hostnames: ["pi1.local"], caPem };
    const user1 = { username: "user1", password: passwordOf("user1") };
    const certificate = await inputs.authority.issue("user1");
    const publishes = (topic: string) => outcome(server, user1, (session) => session.publish(topic, "text"));
    const login = (given: Login) => outcome(server, given, () => Promise.resolve());
    return {
      "logs in with the password": await login(user1),
      "logs in with a wrong password": await login({ ...user1, password: "wrong" }),
      "logs in without a name": await login({}),
      "logs in over websockets": await login({ ...user1, listener: "websockets" }),
      "logs in with a client certificate": await login({ listener: "mutualTls", certificate }),
      "logs in to mutual TLS without a certificate": await login({ ...user1, listener: "mutualTls" }),
      "publishes to house/room1/t": await publishes("house/room1/t"),
      "publishes to house/room2/t": await publishes("house/room2/t"),
      "publishes to marker/base": await publishes("marker/base"),
      "publishes to marker/changed": await publishes("marker/changed"),
      "publishes to devices/user1/t": await publishes("devices/user1/t"),
      "publishes to devices/user2/t": await publishes("devices/user2/t"),
      "hears marker/base": await hears(server, user1, "marker/base"),
      "hears house/room1/t": await hears(server, user1, "house/room1/t"),
    } as typeof WANTED;
  }

  function unit(): Promise<string> {
    const [host] = hosts.list;
    assert.ok(host);
    return asRoot(host, "echo $(systemctl is-active mosquitto) $(systemctl is-enabled mosquitto)");
  }
});

async function outcome(
  server: Server,
  login: Login,
  act: (session: Session) => Promise<void>,
): Promise<number | "hung up on"> {
  try {
    await using session = await Session.open(server, login);
    await act(session);
    return 0;
  } catch (error) {
    return error instanceof Error && "code" in error && typeof error.code === "number" ? error.code : "hung up on";
  }
}

/** Whether a user who may publish to a topic also receives what is published there. */
async function hears(server: Server, login: Login, topic: string): Promise<boolean> {
  await using session = await Session.open(server, login);
  await session.subscribe("#");
  await session.publish(topic, "asked");
  // Of what it may certainly hear: the broker keeps the order.
  await session.publish("devices/user1/end", "end");
  return (await session.receiveUpTo("end")).some(({ text }) => text === "asked");
}
