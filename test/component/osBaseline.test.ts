import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { insecure, MosquittoBroker, OsBaseline, type OsBaselineArgs, RaspberryPi } from "../../sdk";
import { AUTHORITY, HASH } from "../support/brokers";
import { deploy, type Made, valueOf } from "../support/deploy";
import { failureOf } from "../support/failure";
import { matchesGolden } from "../support/golden";
import { unpack } from "../support/unpack";

const REPORT =
  "suite trixie\ngeneration 0001-0123456789ab\nactivation reload\nfact hostname mqtt-pi\nfact listening tls 8883\n";

let os: OsBaseline;

async function make(
  args: Partial<OsBaselineArgs> = {},
  more: () => void = () => undefined,
): Promise<Map<string, Made>> {
  const program = () => {
    os = new OsBaseline("os", { host: pi("pi"), hostname: "mqtt-pi", ...args });
    more();
  };
  const { made } = await deploy(program, new Map(), REPORT);
  return new Map(made.map((resource) => [resource.name, resource]));
}

function pi(name: string, host = "192.168.1.57"): RaspberryPi {
  return new RaspberryPi(name, { connection: { host, password: "secret", hostKey: insecure() } });
}

function refused(program: () => void): Promise<string> {
  return deploy(program).then(
    () => assert.fail("nothing was refused"),
    (error: unknown) => `${(error as Error).message}\n`,
  );
}

describe("an operating system", () => {
  it("is one command on its host, and a bare Pi is none", async () => {
    const made = await make({ timezone: "Europe/Berlin", upgrade: "security" });
    const commands = [...made.values()].filter(({ type }) => type === "command:remote:Command");
    assert.deepEqual(
      commands.map(({ name, parent }) => [name, parent]),
      [["os-state", "os"]],
    );
    const files = unpack(String(commands[0]?.inputs["stdin"]));
    assert.equal(files.get("files/settings"), "hostname mqtt-pi\ntimezone Europe/Berlin\ntime-sync yes\n");
    assert.match(files.get("state") ?? "", /^upgrade security$/m);
  });

  it("comes before whatever is deployed to its host", async () => {
    const made = await make({}, () => {
      new MosquittoBroker("broker", {
        host: os.host,
        authority: AUTHORITY,
        users: [{ username: "sensor1", passwordHash: HASH }],
      });
    });
    const order = [...made.keys()];
    assert.ok(order.indexOf("os-state") < order.indexOf("broker-state"));
    assert.equal((made.get("broker-state")?.inputs["connection"] as { host: string }).host, "192.168.1.57");
    assert.ok(await pulumi.isSecret(pulumi.output(os.host.connection)));
    assert.equal(await valueOf(os.hostname), "mqtt-pi");
  });

  it("is refused with every mistake", async () => {
    const wrong = { hostname: "mqtt-pi.local", timezone: "Berlin", upgrade: "all", timesync: true };
    matchesGolden(
      "errors/os-baseline.txt",
      await refused(() => new OsBaseline("os", { host: pi("pi"), ...wrong } as unknown as OsBaselineArgs)),
    );
  });

  it("is refused when two Pis of the program would have one name", async () => {
    const twins = () =>
      ["kitchen", "cellar"].map((name) => new OsBaseline(name, { host: pi(`${name}-pi`), hostname: "mqtt-pi" }));
    matchesGolden("errors/os-baseline-clash.txt", await refused(twins));
  });

  it("is refused when the name that the Pi is reached by would go", async () => {
    const named = (reached: string) => new OsBaseline("os", { host: pi("pi", reached), hostname: "mqtt-pi" });
    const [error, ...others] = await failureOf(() => named("raspberrypi.local"));
    matchesGolden("errors/os-baseline-reached.txt", `${error?.message ?? ""}\n`);
    assert.deepEqual(others, []);
    assert.equal((await failureOf(() => named("RaspberryPi.local."))).length, 1);
    // Of other names nobody knows whether they go: a router learns them from the Pi, or somebody has set them.
    for (const stays of ["mqtt-pi.local", "MQTT-Pi.local.", "raspberrypi", "raspberrypi.lan", "192.168.1.57"])
      await deploy(() => named(stays), new Map(), REPORT);
  });
});
