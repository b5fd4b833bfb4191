import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:tls";

import type { LabHost } from "../lab";
import { type Login, type Server, Session } from "../support/proof/session";
import { run } from "../support/run";
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
import { type Tool, toolFiles } from "./tool";
import { WORKS } from "./work";

const NOT_AUTHORIZED = 135;
const [FIRST, NO_CHANGE] = WORKS;
/** Where a tool's broker reads whatever lies there. */
const CONF_D = { ours: "/etc/mosquitto/current/conf.d", Ansible: "/etc/mosquitto/conf.d" };

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
  let host: LabHost;
  let tools: { readonly tool: Tool; readonly stopwatch: Stopwatch }[];

  before(async () => {
    hosts = await BenchHosts.start(1, temporary.path);
    const [only] = hosts.list;
    assert.ok(only);
    host = only;
    inputs = await makeInputs(temporary.path, hosts.list, 2);
    const all = [...(await pulumiTools(inputs)), ...(await ansibleTools(inputs)), sshTool(inputs)];
    tools = all
      .filter(({ name }) => ["ours", "Ansible", "Ansible, files only", "ssh script"].includes(name))
      .map((tool) => ({ tool, stopwatch: new Stopwatch(hosts, [tool]) }));
    assert.equal(tools.length, 4);
  });

  after(async () => {
    await hosts[Symbol.asyncDispose]();
    temporary.remove();
  });

  it("reaches the same end state with every tool, and counts what each of them did", async () => {
    assert.ok(FIRST?.isFirst);
    const samples = new Map();
    for (const { tool, stopwatch } of tools) {
      for (const [name, list] of await stopwatch.measure(FIRST, 1, () => undefined)) samples.set(name, list);
      assert.deepEqual(await clientsMeet(), WANTED, tool.name);
      assert.deepEqual(await served(), wantedCertificate(), tool.name);
      assert.equal(await unit(), "active enabled", tool.name);
    }
    const line = JSON.stringify(summary({ work: FIRST.name, hosts: 1, users: 2 }, samples));
    const {
      work,
      hosts: count,
      ratio,
      ratioFilesOnly,
      tools: figures,
    } = JSON.parse(line) as ReturnType<typeof summary>;
    assert.deepEqual([work, count], ["first converge", 1]);
    const [ours, ansible, files] = [figures["ours"], figures["Ansible"], figures["Ansible, files only"]];
    assert.ok(ours && ansible && files);
    assert.ok(Math.abs(ratio - ansible.seconds / ours.seconds) < 0.02, line);
    assert.ok(Math.abs((ratioFilesOnly ?? NaN) - files.seconds / ours.seconds) < 0.02, line);
    // A look, then the transaction.
    assert.deepEqual([ours.logins, ours.commands, ansible.logins], [2, 2, 1], line);
    assert.ok(ansible.commands > 10, line);
    for (const { seconds, bytesSent, cpuSeconds } of [ours, ansible])
      assert.ok(seconds > 0 && bytesSent > 1000 && cpuSeconds > 0, line);
  });

  for (const [name, folder] of Object.entries(CONF_D))
    it(`${name}: puts right what is foreign, and then finds nothing to do`, async () => {
      const { tool, stopwatch } = tools.find((it) => it.tool.name === name) ?? assert.fail();
      await hosts.script("switch", tool.owner, "base");
      const foreign = `${folder}/foreign.conf`;
      await asRoot(
        host,
        `echo 'listener 1899' > ${foreign}; systemctl --now disable mosquitto; systemctl mask mosquitto`,
      );
      const { script, log } = toolFiles(tool, hosts.folder);
      assert.equal((await run("sh", [script])).code, 0, log);
      assert.equal(await asRoot(host, `cat ${folder}/*.conf | grep -c 1899 || :`), "0");
      assert.equal(await unit(), "active enabled");
      assert.deepEqual(await clientsMeet(), WANTED);
      // It throws when the tool says that it has changed something.
      await stopwatch.measure(NO_CHANGE ?? assert.fail(), 1, () => undefined);
    });

  async function clientsMeet(): Promise<typeof WANTED> {
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

  /** The certificate that the broker shows, signed by the one authority there is; without the addresses that ours has as names, too. */
  async function served(): Promise<object> {
    const { certificatePem: ca } = inputs.authority.pair();
    const socket = connect({ host: host.ip, port: 8883, servername: "pi1.local", ca });
    try {
      await once(socket, "secureConnect");
      const { subject, subjectaltname = "" } = socket.getPeerCertificate();
      const alternatives = subjectaltname.split(", ").filter((it) => !/^DNS:[\d.]+$/.test(it));
      return { name: subject.CN, alternatives: alternatives.sort() };
    } finally {
      socket.destroy();
    }
  }

  function wantedCertificate(): object {
    const addresses = [host.ip, "127.0.0.1", "0:0:0:0:0:0:0:1"].map((address) => `IP Address:${address}`);
    return { name: "pi1.local", alternatives: ["DNS:pi1.local", "DNS:localhost", ...addresses].sort() };
  }

  function unit(): Promise<string> {
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
