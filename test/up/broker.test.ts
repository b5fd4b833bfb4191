import assert from "node:assert/strict";

import { Lab, type LabHost, type Suite } from "../lab";
import { type Login, type Server, Session } from "../support/proof/session";
import type { Spec } from "./program/spec";
import { loginCode, mayRead, mayWrite } from "./support/access";
import { differences, footprint, liveGeneration, snapshot } from "./support/host";
import { type Outputs, piOf, Stack } from "./support/stack";
import { Stream } from "./support/stream";

const SUITES: readonly Suite[] = ["bookworm", "trixie"];

/** The package of bookworm keeps its user and group when it is purged. */
const LEFT_BY_DEBIAN: Readonly<Record<Suite, readonly string[]>> = { bookworm: ["+ mosquitto"], trixie: [] };

const LISTENERS = { tls: {}, mutualTls: {}, websockets: {} };
const FIRST_PASSWORD = "vQ7-lantern-otter-drum";
const SECOND_PASSWORD = "Zk2-harbour-maple-quill";

/** One broker on each suite, with the same users, rules and authority. */
describe("a broker on a bare Pi", function () {
  this.timeout(120_000);
  let lab: Lab;
  let stack: Stack;
  let spec: Spec;
  let outputs: Outputs;
  const bare = new Map<Suite, string>();

  const host = (suite: Suite): LabHost => lab.host(suite);
  const server = (suite: Suite): Server => ({
    address: host(suite).ip,
    hostnames: ["mqtt-pi.local"],
    caPem: outputs.ca,
  });
  const login = (username: string): Login => ({ username, password: outputs.passwords[username] ?? "" });
  const onBoth = <T>(act: (suite: Suite) => Promise<T>): Promise<T[]> => Promise.all(SUITES.map(act));

  before(async () => {
    lab = await Lab.start(SUITES.map((suite) => ({ name: suite, suite })));
    stack = new Stack();
    await onBoth(async (suite) => bare.set(suite, await snapshot(host(suite))));
    spec = {
      hosts: Object.fromEntries(SUITES.map((suite) => [suite, piOf(host(suite))])),
      users: {
        witness: {},
        reader: {},
        writer: { password: FIRST_PASSWORD, iterations: 101 },
        both: {},
        leaver: {},
        card: { certificate: true },
      },
      rules: [
        { user: "witness", access: "readwrite", topic: "#" },
        { user: "reader", access: "read", topic: "sensors/+/temperature" },
        { user: "writer", access: "write", topic: "sensors/+/temperature" },
        { user: "both", access: "readwrite", topic: "shared/#" },
        { user: "both", access: "deny", topic: "shared/secret/#" },
        { user: "leaver", access: "readwrite", topic: "shared/#" },
        { everyone: true, access: "readwrite", topic: "devices/%u/#" },
        { everyone: true, access: "readwrite", topic: "clients/%u/%c/#" },
        { anonymous: true, access: "read", topic: "public/#" },
      ],
      broker: {
        hostnames: ["mqtt-pi.local"],
        listeners: LISTENERS,
        allowAnonymous: true,
      },
    };
    await stack.up(spec);
    outputs = await stack.outputs();
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  it("tells where each broker answers, and what it runs", () => {
    assert.deepEqual(outputs.versions, { bookworm: "2.0.11", trixie: "2.0.21" });
    for (const suite of SUITES) assert.equal(outputs.urls[suite]?.["tls"], "mqtts://mqtt-pi.local:8883");
  });

  it("has nothing left to do, and touches no file when told to do it again", async () => {
    const before = await onBoth((suite) => footprint(host(suite)));
    await stack.preview(spec, { expectNoChanges: true });
    assert.match(await stack.up(spec), /Resources:\n\s+\d+ unchanged\n/);
    assert.deepEqual(await onBoth((suite) => footprint(host(suite))), before);
  });

  for (const suite of SUITES)
    describe(`rules on ${suite}`, () => {
      const writes: readonly (readonly [string, () => Login, string, string])[] = [
        ["write", () => login("writer"), "sensors/attic/temperature", "sensors/attic/humidity"],
        ["readwrite", () => login("both"), "shared/a/b", "sensors/attic/temperature"],
        ["deny within readwrite", () => login("both"), "shared/open", "shared/secret/x"],
        ["read is no write", () => login("writer"), "devices/writer/x", "public/x"],
        ["%u is the user's own", () => login("reader"), "devices/reader/x", "devices/writer/x"],
        [
          "%c is the client's own",
          () => ({ ...login("reader"), clientId: "c1" }),
          "clients/reader/c1/x",
          "clients/reader/c2/x",
        ],
        ["%u is the CN on mutualTls", () => card(), "devices/card/x", "devices/witness/x"],
        [
          "over websockets",
          () => ({ ...login("writer"), listener: "websockets" }),
          "sensors/a/temperature",
          "shared/x",
        ],
      ];
      for (const [name, who, allowed, refused] of writes)
        it(`publish: ${name}`, async () => {
          assert.equal(await mayWrite(server(suite), who(), allowed, login("witness")), true);
          assert.equal(await mayWrite(server(suite), who(), refused, login("witness")), false);
        });

      const reads: readonly (readonly [string, () => Login, string, string, string])[] = [
        ["read", () => login("reader"), "sensors/attic/temperature", "sensors/attic/humidity", "devices/reader/m"],
        [
          "write is no read",
          () => login("writer"),
          "devices/writer/x",
          "sensors/attic/temperature",
          "devices/writer/m",
        ],
        ["readwrite", () => login("both"), "shared/a/b", "sensors/attic/temperature", "devices/both/m"],
        ["deny within readwrite", () => login("both"), "shared/open", "shared/secret/x", "devices/both/m"],
        ["%u is the user's own", () => login("reader"), "devices/reader/x", "devices/writer/x", "devices/reader/m"],
        ["%u is the CN on mutualTls", () => card(), "devices/card/x", "devices/witness/x", "devices/card/m"],
        ["anonymous", () => ({}), "public/news", "sensors/attic/temperature", "public/m"],
      ];
      for (const [name, who, allowed, refused, open] of reads)
        it(`receive: ${name}`, async () => {
          assert.equal(await mayRead(server(suite), who(), allowed, open, login("witness")), true);
          assert.equal(await mayRead(server(suite), who(), refused, open, login("witness")), false);
        });

      it("anonymous clients may not publish", async () => {
        assert.equal(await mayWrite(server(suite), {}, "public/news", login("witness")), false);
      });
    });

  // Mocha runs nested suites after all tests beside them: what must come after the rules is nested too.
  describe("when it is changed", () => {
    it("refuses a broken setting while a client goes on publishing, then goes on as before", async () => {
      const before = await onBoth((suite) => footprint(host(suite)));
      const streams = await onBoth((suite) => Stream.start(server(suite), login("both"), "shared/stream"));
      const printed = await stack.upFails({
        ...spec,
        broker: { ...spec.broker, settings: { log_facility: 99 } },
      });
      for (const suite of SUITES)
        assert.match(printed, new RegExp(`\\(${suite}-broker-state\\):[^]*?refused before anything live changed`));
      assert.match(printed, /mosquitto does not start with the new configuration: .*log_facility/is);
      for (const stream of streams) {
        const { acknowledged, isOpen } = await stream.stop();
        assert.ok(isOpen, "the client was disconnected");
        assert.ok(acknowledged > 20, `only ${String(acknowledged)} messages were acknowledged`);
      }
      assert.deepEqual(await onBoth((suite) => footprint(host(suite))), before);
      await stack.up(spec);
      await stack.preview(spec, { expectNoChanges: true });
      assert.deepEqual(await onBoth((suite) => footprint(host(suite))), before);
    });

    it("lets a changed password in and the old one out, and a removed user with it", async () => {
      const before = await onBoth((suite) => liveGeneration(host(suite)));
      const open = await onBoth((suite) =>
        Promise.all(["writer", "leaver"].map((name) => Session.open(server(suite), login(name)))),
      );
      const staying = Object.fromEntries(Object.entries(spec.users ?? {}).filter(([name]) => name !== "leaver"));
      spec = {
        ...spec,
        users: { ...staying, writer: { password: SECOND_PASSWORD, iterations: 101 } },
        rules: (spec.rules ?? []).filter(({ user }) => user !== "leaver"),
      };
      await stack.up(spec);
      await Promise.all(open.flat().map((session) => session.gone));
      for (const suite of SUITES) {
        assert.equal(await loginCode(server(suite), { username: "writer", password: FIRST_PASSWORD }), 135);
        assert.equal(await loginCode(server(suite), { username: "writer", password: SECOND_PASSWORD }), 0);
        assert.equal(await loginCode(server(suite), login("leaver")), 135);
        assert.equal(await loginCode(server(suite), login("reader")), 0);
      }
      assert.notDeepEqual(await onBoth((suite) => liveGeneration(host(suite))), before);
      await stack.preview(spec, { expectNoChanges: true });
    });

    it("is gone after destroy: packages, files, units, users' data", async () => {
      await stack.destroy();
      for (const suite of SUITES)
        assert.deepEqual(differences(bare.get(suite) ?? "", await snapshot(host(suite))), LEFT_BY_DEBIAN[suite]);
    });
  });

  function card(): Login {
    const certificate = outputs.certificates["card"];
    assert.ok(certificate);
    return { listener: "mutualTls", certificate };
  }
});
