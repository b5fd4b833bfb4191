import assert from "node:assert/strict";

import { Lab } from "../lab";
import { type Login, type Server, Session } from "../support/proof/session";
import type { Spec } from "./program/spec";
import { DEAF } from "./support/brokerFaults";
import { shadowed } from "./support/faults";
import { asRoot } from "./support/host";
import { type Outputs, piOf, Stack } from "./support/stack";

/** Where no canary can log in: neither without a certificate, nor by the client that is at hand on a Pi. */
const BROKERS = [
  { suite: "bookworm", listener: "mutualTls" },
  { suite: "trixie", listener: "websockets" },
] as const;

describe("a broker that does not take a SIGHUP, and no password can ask it whether it has", function () {
  this.timeout(120_000);
  let lab: Lab;

  before(async () => {
    lab = await Lab.start(BROKERS.map(({ suite }) => ({ name: suite, suite })));
  });

  after(async () => {
    await lab.stop();
  });

  for (const { suite, listener } of BROKERS)
    it(`with only ${listener} (${suite}): up fails, and restores what was before; then a removed user is out`, async () => {
      const host = lab.host(suite);
      await using stack = new Stack();
      const user = { certificate: listener === "mutualTls" };
      const spec: Spec = {
        hosts: { pi: piOf(host) },
        users: { keeper: user, leaver: user },
        rules: [{ user: "leaver", access: "write", topic: "home/door" }],
        broker: { hostnames: ["mqtt-pi.local"], listeners: { [listener]: {} } },
      };
      await stack.up(spec);
      const outputs = await stack.outputs();
      const server: Server = { address: host.ip, hostnames: ["mqtt-pi.local"], caPem: outputs.ca };
      const leaver = loginOf("leaver", listener, outputs);
      await shadowed(host, "mosquitto", DEAF, () => asRoot(host, "systemctl restart mosquitto.service"));
      const changed = { ...spec, users: { keeper: user }, rules: [] };
      const printed = await stack.upFails(changed);
      assert.match(printed, /error: mosquitto.service does not take the SIGHUP that makes it read its files again\n/);
      assert.match(printed, /previous configuration restored/);
      assert.equal(await mayPublish(server, leaver), true);
      await stack.up(changed);
      assert.equal(await mayPublish(server, leaver), false);
    });
});

function loginOf(name: string, listener: "mutualTls" | "websockets", { certificates, passwords }: Outputs): Login {
  const certificate = certificates[name];
  assert.ok(certificate);
  return listener === "mutualTls"
    ? { listener, certificate }
    : { listener, username: name, password: passwords[name] ?? "" };
}

async function mayPublish(server: Server, login: Login): Promise<boolean> {
  try {
    await using session = await Session.open(server, login);
    await session.publish("home/door", "open");
    return true;
  } catch {
    return false;
  }
}
