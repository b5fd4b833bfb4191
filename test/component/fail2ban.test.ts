import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { Fail2BanJail, type Fail2BanJailArgs, insecure, MosquittoBroker, RaspberryPi } from "../../sdk";
import { AUTHORITY, HASH } from "../support/brokers";
import { deploy, type Made, valueOf } from "../support/deploy";
import { matchesGolden } from "../support/golden";
import { unpack } from "../support/unpack";

const REPORT = [
  "suite trixie",
  "generation 0001-0123456789ab",
  "activation restart",
  "fact listening tls 8883",
  "fact jail pulumi-mosquitto",
  "fact fail2ban 1.1.0",
  "",
].join("\n");

let jail: Fail2BanJail;

async function make(args: Partial<Fail2BanJailArgs> = {}): Promise<Map<string, Made>> {
  const program = () => {
    const broker = new MosquittoBroker("broker", {
      host: pi(),
      authority: AUTHORITY,
      users: [{ username: "sensor1", passwordHash: HASH }],
      listeners: { tls: { port: 18883 }, websockets: {} },
    });
    jail = new Fail2BanJail("jail", { broker, ...args });
  };
  const { made } = await deploy(program, new Map(), REPORT);
  return new Map(made.map((resource) => [resource.name, resource]));
}

function pi(): RaspberryPi {
  return new RaspberryPi("pi", { connection: { host: "192.168.1.57", password: "of the login", hostKey: insecure() } });
}

describe("a jail", () => {
  it("is one command on its broker's host, after the broker's", async () => {
    const made = await make();
    const state = made.get("jail-state");
    assert.ok(state);
    assert.equal((state.inputs["connection"] as { host: string }).host, "192.168.1.57");
    assert.equal(state.parent, "jail");
    const order = [...made.keys()];
    assert.ok(order.indexOf("broker-state") < order.indexOf("jail-state"));
    const files = unpack(String(state.inputs["stdin"]));
    assert.match(files.get("files/jail.conf") ?? "", /^port = 18883,9001$/m);
    assert.deepEqual([await valueOf(jail.jail), await valueOf(jail.version)], ["pulumi-mosquitto", "1.1.0"]);
    assert.equal(await pulumi.isSecret(jail.jail), false);
  });

  it("may have arguments that are known late, and a broker that is a plain object", async () => {
    const late = <T>(value: T) => pulumi.output(Promise.resolve(value));
    const broker = { host: pi(), listeners: late([{ name: "tls" as const, port: 28883 }]) };
    const made = await make({ broker, maxRetry: late(3), sshd: late({}) });
    const conf = unpack(String(made.get("jail-state")?.inputs["stdin"])).get("files/jail.conf") ?? "";
    assert.match(conf, /^port = 28883\nmaxretry = 3$/m);
    assert.match(conf, /\[sshd\]\n[^]*enabled = true/);
  });

  it("is refused with every mistake, the broker's log among them", async () => {
    const program = () =>
      new Fail2BanJail("jail", {
        broker: { host: pi(), listeners: [], logging: { types: ["error"] } },
        maxRetry: 0,
        ignoreIps: ["0.0.0.0/0"],
      });
    const refused = await deploy(program).then(
      () => assert.fail("nothing was refused"),
      (error: unknown) => `${(error as Error).message}\n`,
    );
    matchesGolden("errors/fail2ban.txt", refused);
  });

  it("is refused without a broker", async () => {
    await assert.rejects(
      deploy(() => new Fail2BanJail("jail", {} as Fail2BanJailArgs)),
      /broker: expected a MosquittoBroker, or \{ host, listeners \}, got nothing/,
    );
  });
});
