import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import {
  AclRule,
  type Host,
  insecure,
  MosquittoBroker,
  type MosquittoBrokerArgs,
  MqttUser,
  RaspberryPi,
  TlsAuthority,
} from "../../sdk";
import { AUTHORITY, HASH } from "../support/brokers";
import { dated } from "../support/dated";
import { deploy } from "../support/deploy";
import { failureOf } from "../support/failure";
import { matchesGolden } from "../support/golden";
import { newKey } from "../support/providers";

function broker(args: Partial<MosquittoBrokerArgs>): () => void {
  return () => {
    const host = new RaspberryPi("pi", { connection: { host: "192.168.1.57", hostKey: insecure() } });
    const authority = new TlsAuthority("ca", { commonName: "CA" });
    new MosquittoBroker("broker", { host, authority, users: [{ username: "sensor1", passwordHash: HASH }], ...args });
  };
}

const RULE = { user: "sensor1", access: "write", topic: "home/temperature" } as const;

const MISTAKES: Readonly<Record<string, () => void>> = {
  "unknown-user": broker({ rules: [{ user: "senosr1", access: "write", topic: "home/temperature" }] }),
  "bad-topic": () => new AclRule("all-temperatures", { everyone: true, access: "read", topic: "home/#/temperature" }),
  "duplicate-names": broker({
    users: ["sensor1", "admin", "sensor1"].map((username) => ({ username, passwordHash: HASH })),
  }),
  "port-clash": broker({ listeners: { tls: {}, websockets: { port: 8883 } } }),
  "missing-authority": broker({ authority: undefined, listeners: { tls: {}, websockets: {} } }),
  "given-certificate": broker({
    authority: undefined,
    hostnames: ["other.local"],
    certificate: {
      certificatePem: AUTHORITY.certificatePem + dated("20200101000000Z", "20200201000000Z"),
      privateKeyPem: newKey(),
      caPem: "ca.crt",
    },
  }),
  revoked: broker({
    clientAuthority: { certificatePem: AUTHORITY.certificatePem, revoked: ["serial=0A", "0b", "0B"] },
    listeners: { mutualTls: {}, tls: {} },
    users: [
      { username: "sensor1", passwordHash: HASH, revoked: true },
      { username: "relay1", certificate: true, revoked: true },
    ],
  }),
  "plain-host-without-key": broker({ host: { connection: { host: "192.168.1.57" } } as Host }),
  "weak-password": () => new MqttUser("admin", { password: "raspberry123" }),
  "many-at-once": broker({
    hostnames: ["192.168.1.80"],
    listeners: { mqtt: {}, websockets: { tlsVersion: "1.3" } },
    users: [
      { username: "living room", passwordHash: HASH },
      { username: "relay1", certificate: true },
    ],
    rules: [
      { access: "read", topic: "a" },
      { user: "relay1", access: "write", topic: "devices/%u/#" },
    ],
    limits: { maxQueuedMessages: -1 },
    settings: { allow_anonymous: true },
  }),
};

describe("a mistake stops the program before anything is sent", () => {
  for (const [name, program] of Object.entries(MISTAKES))
    it(name, async () => {
      const error = await deploy(program).then(
        () => assert.fail("nothing was refused"),
        (reason: unknown) => reason,
      );
      assert.ok(pulumi.ResourceError.isInstance(error));
      matchesGolden(`errors/${name}.txt`, `${error.message}\n`);
      assert.ok(!error.message.includes("raspberry123"));
    });
});

describe("what Pulumi would take for a colour, and panic", () => {
  const COLOUR = "<{%nosuch%}>";

  it("is broken up in the text of a mistake, in what came and in the resource's name", async () => {
    const [error] = await failureOf(() => {
      new AclRule(`rule ${COLOUR}`, { everyone: true, access: "read", topic: `${COLOUR}/#/a` });
    });
    assert.ok(error);
    for (const text of [error.message, error.stack ?? ""]) {
      assert.match(text, /^AclRule "rule <{ %nosuch%}>" has 1 mistake;.*\n {2}topic: .* got "<{ %nosuch%}>\/#\/a"/);
      assert.ok(!text.includes("<{%"), text);
    }
  });

  it("is broken up in a warning", async () => {
    const { warnings } = await deploy(
      () => new AclRule("odd", { everyone: true, access: "read", topic: `/${COLOUR}` }),
    );
    assert.deepEqual(warnings, [
      'topic: "/<{ %nosuch%}>": the leading slash makes an empty first level; leave it away',
    ]);
  });
});

describe("what is probably not meant", () => {
  it("is told once, though listeners are checked by themselves as well, for the server's names", async () => {
    const { warnings } = await deploy(broker({ listeners: { tls: { maxConnections: 10 } }, rules: [RULE] }));
    assert.equal(warnings.length, 1, warnings.join("\n"));
    assert.match(warnings[0] ?? "", /^listeners\.tls\.maxConnections: mosquitto 2\.0\.11 /);
  });

  it("is a warning, each only once", async () => {
    const { warnings } = await deploy(() => {
      const rules = [
        new AclRule("odd", { everyone: true, access: "read", topic: "/Home" }),
        new AclRule("all", { user: "sensor1", access: "readwrite", topic: "home/#" }),
        new AclRule("part", { user: "sensor1", access: "write", topic: "home/temp" }),
      ];
      broker({ rules })();
    });
    assert.deepEqual(warnings, [
      'topic: "/Home": upper case in a topic is easily mistyped: topics are case-sensitive',
      'topic: "/Home": the leading slash makes an empty first level; leave it away',
      'rules[2]: adds nothing to rules[1], which already allows "home/#"',
    ]);
  });
});
