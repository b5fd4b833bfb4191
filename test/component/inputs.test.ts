import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { Access, AclRule, insecure, MosquittoBroker, MqttUser, RaspberryPi } from "../../sdk";
import { AUTHORITY, HASH } from "../support/brokers";
import { deploy } from "../support/deploy";
import { unpack } from "../support/unpack";

const pi = (): RaspberryPi => new RaspberryPi("pi", { connection: { host: "192.168.1.57", hostKey: insecure() } });

/** The files that a program's one broker sends. */
async function filesOf(program: () => void): Promise<ReadonlyMap<string, string>> {
  const { made } = await deploy(program);
  const commands = made.filter(({ type }) => type === "command:remote:Command");
  assert.equal(commands.length, 1);
  return unpack(String(commands[0]?.inputs["stdin"]));
}

/** What the ACL lets the canary do. */
const CANARYS = "\nuser pulumi-canary\ntopic write $mosquitto-pi/certificates\n";

describe("a broker's arguments", () => {
  it("may be Outputs at every level", async () => {
    const files = await filesOf(() => {
      const name = pulumi.output("sensor1");
      const sensor = new MqttUser("s", { username: name });
      new MosquittoBroker("broker", {
        host: pi(),
        authority: {
          certificatePem: pulumi.output(AUTHORITY.certificatePem),
          privateKeyPem: pulumi.secret(AUTHORITY.privateKeyPem),
        },
        hostnames: pulumi.output(["mqtt-pi.local"]),
        addresses: [pulumi.output("192.168.1.80")],
        validity: pulumi.output("90d" as const),
        users: [sensor, { username: pulumi.output("relay1"), passwordHash: pulumi.secret(HASH) }],
        rules: [
          new AclRule("a", {
            user: name,
            access: pulumi.output(Access.Write),
            topic: pulumi.interpolate`home/${name}`,
          }),
          { user: sensor, access: "read", topic: "b" },
          { user: { username: "relay1", passwordHash: HASH }, access: "read", topic: "c" },
          { everyone: pulumi.output(true), access: "read", topic: "d" },
        ],
        listeners: pulumi.output({ tls: { port: 8884 } }),
        limits: { maxQueuedMessages: pulumi.output(5) },
        logging: { types: [pulumi.output("error" as const)] },
        settings: { sys_interval: pulumi.output(60) },
      });
    });
    const text = (path: string) => files.get(`files/${path}`) ?? "";
    assert.equal(
      text("acl"),
      `user sensor1\ntopic write home/sensor1\ntopic read b\ntopic read d\n\nuser relay1\ntopic read c\ntopic read d\n${CANARYS}`,
    );
    assert.match(text("conf.d/tls.conf"), /^listener 8884\n/);
    assert.match(text("passwd"), /^sensor1:\$7\$101\$.*\nrelay1:\$7\$101\$/);
    assert.deepEqual(
      [text("conf.d/limits.conf"), text("conf.d/settings.conf")],
      ["max_queued_messages 5\n", "sys_interval 60\n"],
    );
    assert.match(text("mosquitto.conf"), /\nlog_type error\ninclude_dir/);
  });

  it("may be plain data, as it comes from YAML: what is null was not given", async () => {
    const data = JSON.parse(
      JSON.stringify({
        hostnames: null,
        validity: null,
        users: [{ username: "sensor1", passwordHash: HASH, certificate: null }],
        rules: [{ user: "sensor1", everyone: null, anonymous: null, access: "read", topic: "a" }],
        listeners: { tls: { bind: null, maxQos: null }, mqtt: null },
        persistence: { autosaveInterval: null },
        limits: { maxKeepalive: null },
        logging: { types: null },
        settings: null,
        allowAnonymous: null,
      }),
    ) as Pick<ConstructorParameters<typeof MosquittoBroker>[1], "users">;
    const files = await filesOf(() => new MosquittoBroker("broker", { host: pi(), authority: AUTHORITY, ...data }));
    assert.equal(files.get("files/acl"), `user sensor1\ntopic read a\n${CANARYS}`);
    assert.match(
      files.get("files/plan") ?? "",
      /^listener tls 8883 \* mqtt tls\nexpiry .*\nanonymous no\n(version .*\n)+(issuers|trusts)/,
    );
  });

  it("may be undefined wherever they may be left out", async () => {
    const proxy = { host: "bastion", hostKey: insecure(), port: undefined };
    const connection = { host: "10.0.0.1", hostKey: insecure(), user: undefined, privateKey: undefined, proxy };
    const { made } = await deploy(() => {
      const host = new RaspberryPi("pi", { connection, suite: undefined });
      new MosquittoBroker("broker", { host, authority: AUTHORITY, users: [] });
      const other = new RaspberryPi("other", { connection: { ...connection, proxy: undefined } });
      new MosquittoBroker("other-broker", { host: other, authority: AUTHORITY, users: [] });
    });
    const defaults = { port: 22, user: "root", dialErrorLimit: 10, perDialTimeout: 15 };
    const direct = { host: "10.0.0.1", ...defaults };
    assert.deepEqual(
      made.filter(({ type }) => type === "command:remote:Command").map(({ inputs }) => inputs["connection"]),
      [{ ...direct, proxy: { host: "bastion", ...defaults } }, direct],
    );
  });
});
