import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";

import * as pulumi from "@pulumi/pulumi";

import { AclRule, insecure, MosquittoBroker, type MosquittoBrokerArgs, RaspberryPi } from "../../sdk";
import { runOverSsh } from "../../sdk/host/ssh/run";
import { AUTHORITY, HASH } from "../support/brokers";
import { deploy } from "../support/deploy";
import { unpack } from "../support/unpack";

function broker(args: Partial<MosquittoBrokerArgs> = {}): () => void {
  return () => {
    const host = new RaspberryPi("pi", { connection: { host: "192.168.1.57", hostKey: insecure() } });
    new MosquittoBroker("broker", {
      host,
      authority: AUTHORITY,
      users: [{ username: "sensor1", passwordHash: HASH }],
      ...args,
    });
  };
}

/** What a host is sent. */
async function sent(program: () => void): Promise<ReadonlyMap<string, string>> {
  const { made } = await deploy(program);
  const command = made.find(({ type }) => type === "command:remote:Command") ?? assert.fail("nothing is sent");
  return unpack(String(command.inputs["stdin"]));
}

describe("a look at a host, in somebody's unit test", () => {
  let server: Server;
  let connections = 0;
  let connection: { host: string; port: number; hostKey: ReturnType<typeof insecure> };
  before(async () => {
    server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    connection = { host: "127.0.0.1", port: address.port, hostKey: insecure() };
  });
  after(() => server.close());

  it("does not happen: nothing is connected to, and what is sent never differs", async () => {
    const ids = [];
    for (let times = 0; times < 2; times += 1) ids.push((await sent(broker({ host: { connection } }))).get("id"));
    assert.deepEqual(ids, ["unobserved\n", "unobserved\n"]);
    assert.equal(connections, 0);
    await assert.rejects(runOverSsh({ ...connection, dialErrorLimit: 1 }, "true", "", 1));
    assert.equal(connections, 1, "a look would have been seen");
  });
});

describe("what the Pi is told to show later", () => {
  const open = (files: ReadonlyMap<string, string>): string[] =>
    (files.get("state") ?? "").split("\n").filter((line) => line.startsWith("open "));
  const rules = (topic: pulumi.Input<string>) => [new AclRule("rule", { user: "sensor1", access: "read", topic })];

  it("is what files show, and never a key, a password or what only the SDK needs", async () => {
    assert.deepEqual(open(await sent(broker())), [
      "open acl",
      "open certs/ca.crt",
      "open certs/revoked",
      "open certs/server.crt",
      "open conf.d/auth.conf",
      "open conf.d/tls.conf",
      "open mosquitto.conf",
      "open systemd.conf",
    ]);
  });

  const secrets: Readonly<Record<string, () => Partial<MosquittoBrokerArgs>>> = {
    "a rule's topic": () => ({ rules: rules(pulumi.secret("home/vault")) }),
    "a user's name": () => ({ users: [{ username: pulumi.secret("sensor1"), passwordHash: HASH }] }),
    "a setting": () => ({ settings: pulumi.secret({ sys_interval: 20 }) }),
    "a host name": () => ({ hostnames: [pulumi.secret("vault.local")] }),
  };
  for (const [what, args] of Object.entries(secrets))
    it(`is nothing at all where ${what} is a secret`, async () => {
      assert.deepEqual(
        open(
          await sent(() => {
            broker(args())();
          }),
        ),
        [],
      );
    });
  it("is the same where they are none", async () => {
    assert.deepEqual(
      open(
        await sent(() => {
          broker({ rules: rules("home/vault") })();
        }),
      ),
      open(await sent(broker())),
    );
  });
});
