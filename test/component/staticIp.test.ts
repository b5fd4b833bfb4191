import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { insecure, MosquittoBroker, RaspberryPi, StaticIp, type StaticIpArgs } from "../../sdk";
import { AUTHORITY, HASH } from "../support/brokers";
import { deploy, type Made, valueOf } from "../support/deploy";
import { matchesGolden } from "../support/golden";
import { unpack } from "../support/unpack";

const SSH_PASSWORD = "the password of the SSH login";

const REPORT =
  "suite trixie\ngeneration 0001-0123456789ab\nactivation nothing\nfact device eth0\nfact listening tls 8883\n";

let lan: StaticIp;

async function make(args: Partial<StaticIpArgs> = {}, more: () => void = () => undefined): Promise<Map<string, Made>> {
  const program = () => {
    lan = new StaticIp("lan", { host: pi("pi"), address: "192.168.1.80/24", gateway: "192.168.1.1", ...args });
    more();
  };
  const { made } = await deploy(program, new Map(), REPORT);
  return new Map(made.map((resource) => [resource.name, resource]));
}

function pi(name: string): RaspberryPi {
  return new RaspberryPi(name, { connection: { host: "192.168.1.57", password: SSH_PASSWORD, hostKey: insecure() } });
}

describe("a fixed address", () => {
  it("is two commands: one where the Pi is, which does it; one where it is then, which can take it back", async () => {
    const made = await make();
    const [change, state] = [made.get("lan-change"), made.get("lan-state")];
    assert.ok(change && state);
    const common = { stdin: "[secret]", logging: "stderr", addPreviousOutputInEnv: false };
    assert.deepEqual(JSON.parse(change.plainInputs), { ...common, create: "sh -s change" });
    assert.deepEqual(JSON.parse(state.plainInputs), { ...common, create: "sh -s report", delete: "sh -s remove" });
    assert.deepEqual(
      [change, state].map(({ inputs, parent }) => [(inputs["connection"] as { host: string }).host, parent]),
      [
        ["192.168.1.57", "lan"],
        ["192.168.1.80", "lan"],
      ],
    );
    assert.equal(change.inputs["stdin"], state.inputs["stdin"]);
    const files = unpack(String(change.inputs["stdin"]));
    assert.match(files.get("files/profile") ?? "", /^ipv4.addresses 192.168.1.80\/24$/m);
    assert.match(files.get("id") ?? "", /^unobserved-[0-9a-f]+ 192\.168\.1\.57\n$/);
    assert.equal(files.has("files/device"), false);
  });

  it("is the Pi's for whatever is deployed there, which waits until it is reached", async () => {
    const broker = () =>
      new MosquittoBroker("broker", {
        host: lan.host,
        authority: AUTHORITY,
        users: [{ username: "sensor1", passwordHash: HASH }],
      });
    const made = await make({}, broker);
    const connection = made.get("broker-state")?.inputs["connection"] as Record<string, unknown>;
    assert.deepEqual([connection["host"], connection["password"]], ["192.168.1.80", SSH_PASSWORD]);
    const order = [...made.keys()];
    assert.ok(order.indexOf("lan-state") < order.indexOf("broker-state"));
    assert.deepEqual([await valueOf(lan.address), await valueOf(lan.device)], ["192.168.1.80", "eth0"]);
    assert.ok(await pulumi.isSecret(pulumi.output(lan.host.connection)));
    assert.equal(await pulumi.isSecret(lan.address), false);
  });

  it("is another component's than that of any other stack, whatever they are called", async () => {
    const identity = (made: Map<string, Made>) =>
      /^identity .*$/m.exec(unpack(String(made.get("lan-state")?.inputs["stdin"])).get("state") ?? "")?.[0];
    const one = identity(await make());
    assert.ok(one);
    assert.notEqual(identity(await make()), one);
  });

  it("may be known late", async () => {
    const late = <T>(value: T) => pulumi.output(Promise.resolve(value));
    const made = await make({ address: late("192.168.1.80/24"), dns: late(["9.9.9.9"]) });
    assert.equal((made.get("lan-state")?.inputs["connection"] as { host: string }).host, "192.168.1.80");
    assert.match(
      unpack(String(made.get("lan-state")?.inputs["stdin"])).get("files/profile") ?? "",
      /^ipv4.dns 9.9.9.9$/m,
    );
  });

  it("is refused with every mistake, and when another Pi of the program has it", async () => {
    const refused = (program: () => void) =>
      deploy(program).then(
        () => assert.fail("nothing was refused"),
        (error: unknown) => `${(error as Error).message}\n`,
      );
    const args = { address: "192.168.1.80", gateway: "192.168.2.1", dns: ["router"], device: "" };
    matchesGolden("errors/static-ip.txt", await refused(() => new StaticIp("lan", { host: pi("pi"), ...args })));
    const place = { address: "192.168.1.80/24", gateway: "192.168.1.1" };
    const twins = () => ["kitchen", "cellar"].map((name) => new StaticIp(name, { host: pi(`${name}-pi`), ...place }));
    matchesGolden("errors/static-ip-clash.txt", await refused(twins));
  });
});
