import assert from "node:assert/strict";

import { Lab, type LabHost, type Suite } from "../lab";
import { type Login, type Server, Session } from "../support/proof/session";
import { PORTS } from "../support/proof/target";
import type { Spec } from "./program/spec";
import { loginCode } from "./support/access";
import { asRoot } from "./support/host";
import { rawSignal, restartedBy } from "./support/reloads";
import { servedCertificate } from "./support/served";
import { type Outputs, piOf, Stack } from "./support/stack";
import { Swarm, type SwarmSpec } from "./support/swarm";

const SUITES: readonly Suite[] = ["bookworm", "trixie"];
const CLIENTS = 200;
const FIRST = "first-Tulip-91-rover";
const SECOND = "second-Tulip-92-rover";

/** Brokers with persistence, on 2.0.11 and 2.0.21, and 200 clients at each. */
describe("a change while many clients are connected", function () {
  this.timeout(240_000);
  let lab: Lab;
  let spec: Spec;
  let outputs: Outputs;
  const stack = new Stack();

  const host = (suite: Suite): LabHost => lab.host(suite);
  const server = (suite: Suite): Server => ({
    address: host(suite).ip,
    hostnames: ["mqtt-pi.local"],
    caPem: outputs.ca,
  });
  const login = (username: string): Login => ({ username, password: outputs.passwords[username] ?? "" });
  const onBoth = <T>(act: (suite: Suite) => Promise<T>): Promise<T[]> => Promise.all(SUITES.map(act));
  const swarmOf =
    (username: string) =>
    (suite: Suite): SwarmSpec => ({
      server: server(suite),
      login: login(username),
      witness: login("witness"),
      clients: CLIENTS,
    });

  before(async () => {
    lab = await Lab.start(SUITES.map((suite) => ({ name: suite, suite })));
    spec = {
      hosts: Object.fromEntries(SUITES.map((suite) => [suite, piOf(host(suite))])),
      users: {
        witness: {},
        device: {},
        generated: {},
        chosen: { password: "third-Tulip-90-rover" },
        changing: { password: FIRST, iterations: 101 },
        leaver: {},
        card: { certificate: true },
        lostCard: { certificate: true },
        stolenCard: { certificate: true },
      },
      rules: [
        { user: "witness", access: "readwrite", topic: "#" },
        { user: "device", access: "readwrite", topic: "orders/#" },
        { user: "generated", access: "write", topic: "swarm/#" },
        { user: "chosen", access: "write", topic: "swarm/#" },
        { user: "card", access: "write", topic: "relays/#" },
        { user: "card", access: "read", topic: "orders/#" },
        { user: "lostCard", access: "write", topic: "relays/#" },
      ],
      broker: { hostnames: ["mqtt-pi.local"], listeners: { tls: {}, mutualTls: {} } },
    };
    await stack.up(spec);
    outputs = await stack.outputs();
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  it("users, passwords, rules and the certificate: only who has lost their login goes, and nothing is lost", async () => {
    const certificates = await onBoth((suite) => fingerprint(suite));
    await using swarm = await Swarm.start(...SUITES.map(swarmOf("generated")));
    for (const suite of SUITES) assert.match(await observe(suite), new RegExp(`^clients ${CLIENTS + 1}$`, "m"));
    const leaving = await onBoth((suite) =>
      Promise.all(["changing", "leaver"].map((name) => Session.open(server(suite), login(name)))),
    );
    const cards = await onBoth((suite) =>
      Promise.all(["card", "lostCard", "stolenCard"].map((name) => Session.open(server(suite), card(name)))),
    );
    const stolen = card("stolenCard");
    spec = {
      ...spec,
      users: {
        ...without(spec.users, "leaver", "lostCard"),
        changing: { password: SECOND, iterations: 101 },
        stolenCard: { certificate: true, revoked: true },
        newcomer: {},
      },
      rules: [
        ...(spec.rules ?? []).filter(({ user }) => user !== "lostCard"),
        { user: "device", access: "write", topic: "reports/#" },
      ],
      broker: { ...spec.broker, addresses: ["192.0.2.7"] },
    };
    await stack.up(spec);
    assert.deepEqual(await activations(), ["reload", "reload"]);
    await Promise.all(leaving.flat().map((session) => session.gone));
    for (const report of await swarm.stop()) {
      const { acknowledged, ...wrong } = report;
      assert.deepEqual(wrong, { disconnects: 0, refused: 0, lost: 0 });
      assert.ok(acknowledged > CLIENTS, `only ${acknowledged} messages were acknowledged`);
    }
    for (const [kept, lost, gone] of cards) {
      await gone?.gone;
      await kept?.publish("relays/1", "on");
      // Mosquitto does not end it, since its certificate is as good as before; but it may do nothing any more.
      await assert.rejects(async () => lost?.publish("relays/1", "on"), { code: 135 });
    }
    await Promise.all(cards.flat().map((session) => session.close()));
    for (const suite of SUITES) {
      assert.equal(await loginCode(server(suite), { username: "changing", password: FIRST }), 135);
      assert.equal(await loginCode(server(suite), { username: "changing", password: SECOND }), 0);
      assert.equal(await loginCode(server(suite), login("leaver")), 135);
      await assert.rejects(Session.open(server(suite), stolen), /revoked/);
    }
    const renewed = await onBoth((suite) => fingerprint(suite));
    for (const [i] of SUITES.entries()) assert.notEqual(renewed[i], certificates[i]);
    outputs = await stack.outputs();
    for (const suite of SUITES) assert.equal(await loginCode(server(suite), login("newcomer")), 0);
  });

  it("a revoked user: there is nothing to do again, and it is not forgotten", async () => {
    await stack.preview(spec, { expectNoChanges: true });
    const forgetful = { ...spec, users: without(spec.users, "stolenCard") };
    assert.match(await stack.upFails(forgetful), /certificates that were revoked would be let in again .* stolenCard;/);
    for (const suite of SUITES) await assert.rejects(Session.open(server(suite), card("stolenCard")), /revoked/);
  });

  it("another listener: the broker restarts, and a kept session of a client that is away misses nothing", async () => {
    const device = { ...login("device"), clientId: "absent", isKept: true };
    await onBoth(async (suite) => {
      const absent = await Session.open(server(suite), device);
      await absent.subscribe("orders/new");
      await absent.close();
      await say(suite, "before the restart");
    });
    spec = { ...spec, broker: { ...spec.broker, listeners: { tls: {}, mutualTls: {}, websockets: {} } } };
    const printed = await stack.up(spec);
    assert.deepEqual(await activations(), ["restart", "restart"]);
    assert.match(printed, /restarting mosquitto: a change of conf\.d\/websockets\.conf/);
    await onBoth(async (suite) => {
      await say(suite, "after the restart");
      assert.deepEqual(await textsOf(suite, device, "last"), ["before the restart", "after the restart", "last"]);
      // Gives its session up.
      await (await Session.open(server(suite), { ...login("device"), clientId: "absent" })).close();
    });
  });

  it("a password: who is connected by websockets goes at once, too", async () => {
    const open = await onBoth((suite) =>
      Session.open(server(suite), { username: "changing", password: SECOND, listener: "websockets" }),
    );
    spec = { ...spec, users: { ...spec.users, changing: { password: FIRST, iterations: 101 } } };
    await stack.up(spec);
    assert.deepEqual(await activations(), ["reload", "reload"]);
    await Promise.all(open.map((session) => session.gone));
    for (const suite of SUITES)
      for (const [password, code] of [
        [SECOND, 135],
        [FIRST, 0],
      ] as const)
        assert.equal(await loginCode(server(suite), { username: "changing", password, listener: "websockets" }), code);
  });

  it("the certificate, with websockets that nobody has used since the start: nobody goes, and it is served there, too", async () => {
    await onBoth((suite) => asRoot(host(suite), "systemctl restart mosquitto.service"));
    const before = await onBoth((suite) => fingerprint(suite, PORTS.websockets));
    const clients = await onBoth((suite) => Session.open(server(suite), login("witness")));
    spec = { ...spec, broker: { ...spec.broker, addresses: ["192.0.2.8"] } };
    await stack.up(spec);
    assert.deepEqual(await activations(), ["reload", "reload"]);
    for (const [i, certificate] of (await onBoth((suite) => fingerprint(suite, PORTS.websockets))).entries())
      assert.notEqual(certificate, before[i]);
    for (const client of clients) {
      assert.ok(client.isOpen);
      await client.close();
    }
  });

  it("none, by systemctl reload: who came by certificate and is away misses what comes after it, so the broker restarts", async () => {
    const away = { ...card("card"), clientId: "away", isKept: true };
    await onBoth(async (suite) => {
      const session = await Session.open(server(suite), away);
      await session.subscribe("orders/new");
      await session.close();
      await rawSignal(host(suite));
      await say(suite, "lost");
      assert.deepEqual(await textsOf(suite, away, "told when back"), ["told when back"]);
      await restartedBy(host(suite), "systemctl reload mosquitto.service", /^a client with .*kept session .*away/);
      await say(suite, "kept");
      assert.deepEqual(await textsOf(suite, away, "last"), ["kept", "last"]);
      await (await Session.open(server(suite), { ...away, isKept: false })).close();
    });
  });

  it("a reload holds clients up by the iterations of their passwords: generated ones hardly", async () => {
    const generated = await longestWaits("generated");
    const chosen = await longestWaits("chosen");
    for (const [i, suite] of SUITES.entries()) {
      const [short = NaN, long = NaN] = [generated[i], chosen[i]];
      console.log(
        `      ${suite}: longest publish through a reload with ${CLIENTS} clients: ` +
          `generated passwords ${short.toFixed(0)} ms, chosen ${long.toFixed(0)} ms`,
      );
      assert.ok(short < long);
    }
  });

  /** Of three reloads each: the least of the longest waits, in milliseconds. */
  async function longestWaits(username: string): Promise<number[]> {
    await using swarm = await Swarm.start(...SUITES.map(swarmOf(username)));
    const rounds: (readonly number[])[] = [];
    for (let round = 0; round < 3; round += 1) {
      await swarm.longest();
      await onBoth(async (suite) => {
        await using probe = await Session.open(server(suite), login("witness"));
        await rawSignal(host(suite));
        await probe.publish("probe", "answered");
      });
      rounds.push(await swarm.longest());
    }
    for (const { disconnects, lost } of await swarm.stop())
      assert.deepEqual({ disconnects, lost }, { disconnects: 0, lost: 0 });
    return SUITES.map((_, i) => Math.min(...rounds.map((longest) => longest[i] ?? NaN)));
  }

  /** What comes for a client that was away: with this, said when it is back, as the last. */
  async function textsOf(suite: Suite, client: Login, last: string): Promise<string[]> {
    await using back = await Session.open(server(suite), client);
    await say(suite, last);
    return (await back.receiveUpTo(last)).map(({ text }) => text);
  }

  async function say(suite: Suite, text: string): Promise<void> {
    await using witness = await Session.open(server(suite), login("witness"));
    await witness.publish("orders/new", text);
  }

  async function activations(): Promise<(string | undefined)[]> {
    const reports = await stack.reports();
    return SUITES.map((suite) => /^activation (.*)$/m.exec(reports[`${suite}-broker-state`] ?? "")?.[1]);
  }

  function observe(suite: Suite): Promise<string> {
    return asRoot(host(suite), "sh /etc/mosquitto/current/hooks.sh observe /etc/mosquitto/current");
  }

  function card(name: string): Login {
    const certificate = outputs.certificates[name];
    assert.ok(certificate);
    return { listener: "mutualTls", certificate };
  }

  async function fingerprint(suite: Suite, port: number = PORTS.tls): Promise<string> {
    return (await servedCertificate(server(suite), port)).fingerprint256;
  }
});

function without<T>(values: Readonly<Record<string, T>> = {}, ...names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}
