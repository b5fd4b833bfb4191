import assert from "node:assert/strict";

import { Lab, type Suite } from "../lab";
import { certificatesIn } from "../../sdk/tls/pem";
import { type Login, type Server, Session } from "../support/proof/session";
import type { Spec } from "./program/spec";
import { type Outputs, piOf, Stack } from "./support/stack";

const SUITES: readonly Suite[] = ["bookworm", "trixie"];

/** Clients that have nothing newer than the first authority's certificates, and those that have nothing older than the second's. */
describe("another authority in the place of the first", function () {
  this.timeout(240_000);
  let lab: Lab;
  let spec: Spec;
  let outputs: Outputs;
  /** By generation: what clients trust, and a device's certificate. */
  const roots: Record<string, string> = {};
  const devices: Record<string, { certificatePem: string; privateKeyPem: string }> = {};
  const stack = new Stack();

  before(async () => {
    lab = await Lab.start(SUITES.map((suite) => ({ name: suite, suite })));
    spec = {
      hosts: Object.fromEntries(SUITES.map((suite) => [suite, piOf(lab.host(suite))])),
      users: { sensor: {}, device: { certificate: true } },
      rules: [
        { user: "sensor", access: "write", topic: "home/sensor" },
        { user: "device", access: "write", topic: "home/device" },
      ],
      broker: { hostnames: ["mqtt-pi.local"], listeners: { tls: {}, mutualTls: {} } },
    };
    await deploy({});
    roots["1"] = outputs.ca;
    keepDevice("1");
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  it("at once is refused: everybody would be cut off", async () => {
    await isRefused({ generations: ["2"] }, /authority: expected one that clients of today trust, got another/);
  });

  it("begins with both being trusted: nobody is dropped, and nothing else is issued", async () => {
    const sessions = await onBoth((suite) => Session.open(server(suite, "1"), device("1")));
    await deploy({ generations: ["1", "2"] });
    const pems = certificatesIn(outputs.ca).map((pem) => `${pem}\n`);
    assert.deepEqual([pems[0], pems.length], [roots["1"], 2]);
    roots["2"] = pems[1] ?? "";
    assert.equal(outputs.certificates["device"]?.certificatePem, devices["1"]?.certificatePem);
    for (const session of sessions) {
      await session.publish("home/device", "still here");
      await session.close();
    }
    assert.deepEqual(await accepted(), { "1": true, "2": false, both: true, device1: true });
  });

  it("can't go on by leaving the first away, which still issues", async () => {
    const { code, stdout, stderr } = await stack.tryPreview({ ...spec, ca: { generations: ["2"] } });
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /would refuse .*\n.*authority: expected that the one which issued/);
    await isRefused(
      { generations: ["2"] },
      /authority: expected that the one which issued the certificates of server until now is still trusted/,
    );
  });

  it("goes on with the second issuing; cross-signed, it is accepted by who knows only the first", async () => {
    const sessions = await onBoth((suite) => Session.open(server(suite, "1"), device("1")));
    await deploy({ generations: ["1", "2"], issuing: "2", crossSign: true });
    keepDevice("2");
    for (const session of sessions) {
      await session.publish("home/device", "still here");
      await session.close();
    }
    assert.deepEqual(await accepted(), { "1": true, "2": true, both: true, device1: true, device2: true });
  });

  it("without a cross signature is accepted by who has it, and by no others", async () => {
    await deploy({ generations: ["1", "2"], issuing: "2" });
    assert.deepEqual(await accepted(), { "1": false, "2": true, both: true, device1: true, device2: true });
  });

  it("can't be ended while a user of the program still has a certificate of the first", async () => {
    spec = { ...spec, users: { ...spec.users, laggard: { certificate: true, generation: "1" } } };
    await deploy({ generations: ["1", "2"], issuing: "2" });
    const laggard = outputs.certificates["laggard"];
    assert.ok(laggard);
    await onBoth(async (suite) =>
      (await Session.open(server(suite, "2"), { listener: "mutualTls", certificate: laggard })).close(),
    );
    const ended = { ...spec, ca: { generations: ["2"] } };
    const { code, stdout, stderr } = await stack.tryPreview(ended);
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /TlsAuthority "ca" has 1 mistake.*\n.*generations: expected one of the name "1"/);
    const { sensor = {}, device: card = {} } = spec.users ?? {};
    spec = { ...spec, users: { sensor, device: card } };
  });

  it("ends with the first being trusted no more: who has the second notices nothing", async () => {
    const sessions = await onBoth((suite) => Session.open(server(suite, "2"), device("2")));
    await deploy({ generations: ["2"] });
    for (const session of sessions) {
      await session.publish("home/device", "still here");
      await session.close();
    }
    assert.equal(outputs.ca, roots["2"]);
    assert.deepEqual(await accepted(), { "1": false, "2": true, both: true, device1: false, device2: true });
  });

  it("at once is possible where that is said", async () => {
    spec = { ...spec, broker: { ...spec.broker, abruptRotation: true } };
    await deploy({ generations: ["3"] });
    assert.deepEqual(await accepted(), { "1": false, "2": false, both: false, device1: false, device2: false });
  });

  async function deploy(ca: NonNullable<Spec["ca"]>): Promise<void> {
    spec = { ...spec, ca };
    await stack.up(spec);
    outputs = await stack.outputs();
    await stack.preview(spec, { expectNoChanges: true });
  }

  async function isRefused(ca: NonNullable<Spec["ca"]>, words: RegExp): Promise<void> {
    const before = await onBoth((suite) => lab.host(suite).readFile("/etc/mosquitto/current/certs/server.crt"));
    const refused = { ...spec, ca };
    assert.match(await stack.upFails(refused), words);
    assert.deepEqual(
      await onBoth((suite) => lab.host(suite).readFile("/etc/mosquitto/current/certs/server.crt")),
      before,
    );
    // Devices' certificates are other ones now, of the authority that still issues.
    await deploy(spec.ca ?? {});
    keepDevice("1");
  }

  /** Which clients get in: by what they trust, and by whose certificate they have. */
  async function accepted(): Promise<Record<string, boolean>> {
    const [some, other] = await onBoth(async (suite) => {
      const entries: [string, boolean][] = [];
      for (const known of ["1", "2", "both"]) entries.push([known, await getsIn(server(suite, known), sensor())]);
      for (const generation of Object.keys(devices))
        entries.push([
          `device${generation}`,
          await getsIn({ ...server(suite, "both"), caPem: outputs.ca }, device(generation)),
        ]);
      return Object.fromEntries(entries);
    });
    assert.deepEqual(some, other);
    return some ?? {};
  }

  async function getsIn(where: Server, login: Login): Promise<boolean> {
    try {
      await (await Session.open(where, login)).close();
      return true;
    } catch {
      return false;
    }
  }

  function server(suite: Suite, known: string): Server {
    const caPem = known === "both" ? `${roots["1"] ?? ""}${roots["2"] ?? ""}` : (roots[known] ?? "");
    return { address: lab.host(suite).ip, hostnames: ["mqtt-pi.local"], caPem };
  }

  function sensor(): Login {
    return { username: "sensor", password: outputs.passwords["sensor"] ?? "" };
  }

  function device(generation: string): Login {
    const certificate = devices[generation];
    assert.ok(certificate);
    return { listener: "mutualTls", certificate };
  }

  function keepDevice(generation: string): void {
    const certificate = outputs.certificates["device"];
    assert.ok(certificate);
    devices[generation] = certificate;
  }

  function onBoth<T>(act: (suite: Suite) => Promise<T>): Promise<T[]> {
    return Promise.all(SUITES.map(act));
  }
});
