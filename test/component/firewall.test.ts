import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { Firewall, type FirewallArgs, insecure, MosquittoBroker, RaspberryPi } from "../../sdk";
import { AUTHORITY, HASH } from "../support/brokers";
import { deploy, type Made, type State, valueOf } from "../support/deploy";
import { matchesGolden } from "../support/golden";
import { unpack } from "../support/unpack";

const REPORT =
  "suite trixie\ngeneration 0001-0123456789ab\nactivation reload\nfact listening tls 8883\nfact ssh 2222\nfact other allow 80/tcp kept\n";

let firewall: Firewall;

async function make(
  args: (pi: RaspberryPi) => Partial<FirewallArgs> = () => ({}),
  state: State = new Map(),
): Promise<Map<string, Made>> {
  const program = () => {
    const pi = new RaspberryPi("pi", {
      connection: { host: "192.168.1.57", port: 2222, password: "of the login", hostKey: insecure() },
    });
    firewall = new Firewall("fw", { host: pi, ...args(pi) });
  };
  const { made } = await deploy(program, state, REPORT);
  return new Map(made.map((resource) => [resource.name, resource]));
}

function rulesIn(made: Map<string, Made>): string | undefined {
  return unpack(String(made.get("fw-change")?.inputs["stdin"])).get("files/rules");
}

function broker(host: RaspberryPi): MosquittoBroker {
  return new MosquittoBroker("broker", {
    host,
    authority: AUTHORITY,
    users: [{ username: "sensor1", passwordHash: HASH }],
    listeners: { tls: {}, websockets: { port: 9443 }, mqtt: { bind: "127.0.0.1" } },
  });
}

describe("a firewall", () => {
  it("is two commands to the same host: one changes it, one reads what is deployed, and can take it back", async () => {
    const made = await make();
    const [change, state] = [made.get("fw-change"), made.get("fw-state")];
    assert.ok(change && state);
    const common = { stdin: "[secret]", logging: "stderr", addPreviousOutputInEnv: false };
    assert.deepEqual(JSON.parse(change.plainInputs), { ...common, create: "sh -s change" });
    assert.deepEqual(JSON.parse(state.plainInputs), { ...common, create: "sh -s report", delete: "sh -s remove" });
    assert.deepEqual(change.inputs["connection"], state.inputs["connection"]);
    assert.equal(change.inputs["stdin"], state.inputs["stdin"]);
    const files = unpack(String(change.inputs["stdin"]));
    assert.match(files.get("id") ?? "", /^unobserved-[0-9a-f]+\n$/);
    assert.equal(files.get("files/connection"), "2222\n");
    assert.match(files.get("state") ?? "", /^package ufw$/m);
    assert.equal(files.has("files/exclusive"), false);
    assert.deepEqual([await valueOf(firewall.sshPort), await valueOf(firewall.otherRules)], [2222, ["allow 80/tcp"]]);
  });

  it("has each change told from the one before, also when nobody looks at the Pi", async () => {
    const state: State = new Map();
    const idOf = async (args: Partial<FirewallArgs>) =>
      unpack(String((await make(() => args, state)).get("fw-change")?.inputs["stdin"])).get("id");
    const id = await idOf({});
    assert.equal(await idOf({}), id);
    assert.notEqual(await idOf({ allow: [{ port: 1880 }] }), id);
  });

  it("lets in what the broker listens to, and does not wait for it", async () => {
    const made = await make((host) => ({ broker: broker(host), listeners: { websockets: { from: ["10.0.0.0/8"] } } }));
    assert.equal(
      rulesIn(made),
      "ssh allow tcp in-use any any\ntls allow tcp 8883 any any\nwebsockets allow tcp 9443 10.0.0.0/8 any\n",
    );
  });

  it("may be known late, and take a plain object for a broker", async () => {
    const late = <T>(value: T) => pulumi.output(Promise.resolve(value));
    const listeners = late([{ name: "tls" as const, port: 8883 }]);
    const made = await make(() => ({ broker: { listeners }, ssh: late({ limit: true }), exclusive: late(true) }));
    assert.equal(rulesIn(made), "ssh limit tcp in-use any any\ntls allow tcp 8883 any any\n");
  });

  it("is refused with every mistake", async () => {
    const refused = await make((host) => ({
      broker: broker(host),
      ssh: { from: ["192.168.1.57/24"] },
      listeners: { mqtt: {} },
      allow: [{ port: 9443 }, { port: 70000 }],
    })).then(
      () => assert.fail("nothing was refused"),
      (error: unknown) => `${(error as Error).message}\n`,
    );
    matchesGolden("errors/firewall.txt", refused);
  });
});
