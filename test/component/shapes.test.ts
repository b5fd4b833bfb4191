import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { AclRule, insecure, MosquittoBroker, MqttUser, RaspberryPi, TlsAuthority } from "../../sdk";
import { AUTHORITY, HASH } from "../support/brokers";
import { deploy } from "../support/deploy";
import { failureOf } from "../support/failure";
import { unpack } from "../support/unpack";

const SENSOR = { username: "sensor1", passwordHash: HASH };
const CONNECTION = { host: "192.168.1.57", hostKey: insecure() };
const RULE = { user: "sensor1", access: "read", topic: "a" };
const pi = () => new RaspberryPi("pi", { connection: CONNECTION });
const ca = () => new TlsAuthority("ca", { commonName: "CA" });

const inText = `home/${pulumi.output("kitchen") as unknown as string}`;

/** A broker as a program without types may write it. */
function broker(change: object): unknown {
  return new MosquittoBroker("broker", { host: pi(), authority: AUTHORITY, users: [SENSOR], ...change });
}

const user = (args: unknown) => new MqttUser("sensor1", args as never);
const rule = (args: unknown) => new AclRule("rule", args as never);
const list = "expected a list \\(its elements may be Outputs\\), got";
const who = "expected an MqttUser, or an object with `username` and `passwordHash`, got";
const aRule = "expected an AclRule, or an object with `user`, `access` and `topic`, got";
const signer = "expected a TlsAuthority, or an object with `certificatePem` and `privateKeyPem`, got";

const SHAPES: readonly (readonly [what: string, program: () => unknown, told: string])[] = [
  ["no arguments", () => new MosquittoBroker("b", undefined as never), "expected an object with `host` and `users`"],
  ["arguments in an Output", () => new MosquittoBroker("b", pulumi.output({}) as never), "expected .*, got an Output"],
  ["empty arguments: host", () => new MosquittoBroker("b", {} as never), "host: expected a RaspberryPi"],
  [
    "empty arguments: users",
    () => new MosquittoBroker("b", {} as never),
    `users: ${list} nothing; say \`users: \\[\\]`,
  ],
  ["hosts", () => broker({ host: undefined, hosts: pi() }), 'hosts: expected no .* did you mean "host"'],
  ["hostname", () => broker({ hostname: "a" }), 'hostname: expected no .* did you mean "hostnames"'],
  ["host: null", () => broker({ host: null }), "host: expected a RaspberryPi, or .*, got nothing"],
  ["host: text", () => broker({ host: "192.168.1.57" }), 'host: expected .*, got "192.168.1.57"'],
  ["host: an Output", () => broker({ host: pulumi.output(pi()) }), "host: expected .*, got an Output"],
  ["host: a user", () => broker({ host: user({}) }), "host: expected .*, got a MqttUser"],
  ["host: { suit }", () => broker({ host: { connection: CONNECTION, suit: "trixie" } }), 'host\\.suit: .*mean "suite"'],
  [
    "a Pi's suit",
    () => new RaspberryPi("pi", { connection: CONNECTION, suit: "trixie" } as never),
    'suit: .*mean "suite"',
  ],
  ["listeners.tsl", () => broker({ listeners: { tsl: {} } }), 'listeners\\.tsl: .* did you mean "tls"'],
  [
    "an Output in a text",
    () => broker({ rules: [{ ...RULE, topic: inText }] }),
    "rules\\[0\\]\\.topic: .*; write pulumi.interp",
  ],
  ["host without connection", () => broker({ host: {} }), "host\\.connection: expected how to reach the Pi"],
  ["users: missing", () => broker({ users: undefined }), `users: ${list} nothing`],
  ["users: an object", () => broker({ users: { sensor1: SENSOR } }), `users: ${list} an object`],
  ["users: a Map", () => broker({ users: new Map() }), `users: ${list} an object`],
  ["users: an Output", () => broker({ users: pulumi.output([SENSOR]) }), `users: ${list} an Output`],
  ["users: a Promise", () => broker({ users: Promise.resolve([SENSOR]) }), `users: ${list} a Promise`],
  ["users: one user", () => broker({ users: user({}) }), `users: ${list} a MqttUser`],
  ["users: names", () => broker({ users: ["sensor1"] }), `users\\[0\\]: ${who} "sensor1"`],
  ["users: [null]", () => broker({ users: [SENSOR, null] }), `users\\[1\\]: ${who} nothing`],
  ["users: [false]", () => broker({ users: [false] }), `users\\[0\\]: ${who} false`],
  ["users: [rule]", () => broker({ users: [pi()] }), `users\\[0\\]: ${who} a RaspberryPi`],
  ["users: [Output of text]", () => broker({ users: [pulumi.output("a")] }), `users\\[0\\]: ${who} "a"`],
  ["rules: an object", () => broker({ rules: RULE }), `rules: ${list} an object`],
  ["rules: an Output", () => broker({ rules: pulumi.output([RULE]) }), `rules: ${list} an Output`],
  ["rules: [null]", () => broker({ rules: [null] }), `rules\\[0\\]: ${aRule} nothing`],
  ["rules: [text]", () => broker({ rules: ["read a"] }), `rules\\[0\\]: ${aRule} "read a"`],
  [
    "rule for null",
    () => broker({ rules: [{ ...RULE, user: null }] }),
    "rules\\[0\\]: expected exactly one of .* none",
  ],
  ["authority: text", () => broker({ authority: "home-ca" }), `authority: ${signer} "home-ca"`],
  ["authority: a Promise", () => broker({ authority: Promise.resolve(AUTHORITY) }), `authority: ${signer} a Promise`],
  [
    "clientAuthority: text",
    () => broker({ clientAuthority: "ca" }),
    "clientAuthority: expected a TlsAuthority, or an object",
  ],
  ["certificate: an authority", () => broker({ authority: null, certificate: ca() }), "certificate: .* a TlsAuthority"],
  ["listeners: a list", () => broker({ listeners: ["tls"] }), "listeners: expected .*, got a list"],
  ["a rule without arguments", () => rule(undefined), `${aRule} nothing`],
  ["a rule for null", () => rule({ ...RULE, user: null }), "expected exactly one of `user`"],
  ["a rule for 5", () => rule({ ...RULE, user: 5 }), "user: expected a user name .*, got 5"],
  ["a rule for []", () => rule({ ...RULE, user: [] }), "user: expected a user name .*, got a list"],
  ["a rule for {}", () => rule({ ...RULE, user: {} }), "user: expected a user name .*, got an object"],
  ["a rule for a Pi", () => rule({ ...RULE, user: pi() }), "user: expected a user name .*, got a RaspberryPi"],
  ["a user: null", () => user(null), "expected an object such as \\{ username \\}"],
  ["a user: certificate: true", () => user({ certificate: true }), "certificate: expected an object .*, got true"],
  ["a user: certificate: ca", () => user({ certificate: ca() }), "certificate: expected .*, got a TlsAuthority"],
  ["a user: authority: null", () => user({ certificate: { authority: null } }), `certificate\\.authority: ${signer}`],
  ["a user: authority left out", () => user({ certificate: {} }), `certificate\\.authority: ${signer} nothing`],
  ["a Pi without arguments", () => new RaspberryPi("pi", undefined as never), "expected a RaspberryPi, or .* nothing"],
  [
    "an authority without arguments",
    () => new TlsAuthority("ca", undefined as never),
    "commonName: expected .* nothing",
  ],
];

describe("a wrong shape is a mistake like any other", () => {
  for (const [what, program, told] of SHAPES)
    it(what, async () => {
      const [error, ...others] = await failureOf(() => void program());
      assert.ok(pulumi.ResourceError.isInstance(error), String(error));
      assert.match(error.message, /has \d+ mistakes?; nothing was sent to any host\n/);
      assert.match(error.message, new RegExp(`\\n {2}${told}`));
      assert.deepEqual(others, []);
    });

  it("shows no password that stands in place of the arguments", async () => {
    const [error, ...others] = await failureOf(() => user("password12345678"));
    assert.equal(error?.message.split("\n").length, 2);
    assert.doesNotMatch(error.message, /12345678/);
    assert.deepEqual(others, []);
  });

  it("but null is nothing, and elements may be Outputs", async () => {
    const report = "suite bookworm\ngeneration 1-a\nactivation restart\nfact listening mqtt 1883\n";
    const program = () => {
      user({ password: null, certificate: null, username: null, iterations: null });
      broker({
        authority: null,
        certificate: null,
        clientAuthority: null,
        listeners: { mqtt: { bind: "127.0.0.1" } },
        users: [pulumi.output(SENSOR), pulumi.output(new MqttUser("relay1"))],
        rules: [pulumi.output(RULE), Promise.resolve({ ...RULE, user: "relay1" })],
      });
    };
    const { made } = await deploy(program, new Map(), report);
    const command = made.find(({ type }) => type === "command:remote:Command");
    const files = unpack(String(command?.inputs["stdin"]));
    assert.equal(files.get("files/acl"), "user sensor1\ntopic read a\n\nuser relay1\ntopic read a\n");
    assert.match(files.get("files/passwd") ?? "", /^sensor1:\$7\$101\$.*\nrelay1:\$7\$101\$/);
  });
});
