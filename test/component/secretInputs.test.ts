import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import {
  AclRule,
  insecure,
  MosquittoBroker,
  type MosquittoBrokerArgs,
  MqttUser,
  RaspberryPi,
  TlsAuthority,
} from "../../sdk";
import { AUTHORITY, HASH } from "../support/brokers";
import { deploy } from "../support/deploy";
import { failureOf } from "../support/failure";

const VAULT = "VAULT17";

function broker(args: Partial<MosquittoBrokerArgs>): void {
  const host = new RaspberryPi("pi", { connection: { host: "192.168.1.57", hostKey: insecure() } });
  const users = [{ username: "sensor1", passwordHash: HASH }];
  new MosquittoBroker("broker", { host, authority: AUTHORITY, users, ...args });
}

const secret = (text: string) => pulumi.secret(text);
const user = (username: pulumi.Input<string>) => ({ username, passwordHash: HASH });

/** Mistakes in what is secret, in whole or in part. */
const MISTAKES: Readonly<Record<string, readonly [program: () => void, told: RegExp]>> = {
  "a rule's topic": [
    () => new AclRule("rule", { everyone: true, access: "read", topic: secret(`home/#/${VAULT}`) }),
    /\n {2}topic: expected a topic filter with `#` only as the last level$/,
  ],
  "a topic of a broker's rule, which is an Output itself": [
    () => {
      broker({
        rules: [pulumi.secret({ user: "sensor1", access: "read" as const, topic: `home/#/${VAULT}` })] as never,
      });
    },
    /\n {2}rules\[0\]: expected a topic filter with `#` only as the last level$/,
  ],
  "a user's name": [
    () => new MqttUser("user", { username: secret(`a ${VAULT}`) }),
    /\n {2}username: expected a user name of 1 to 64 letters, digits, dots, hyphens and underscores$/,
  ],
  "a name that another one is like": [
    () => {
      broker({
        users: [user(secret(VAULT))],
        rules: [{ user: "VAULT18", access: "read", topic: "a" }],
      });
    },
    /\n {2}rules\[0\]\.user: expected a user of this broker, got "VAULT18"; did you mean "\[secret\]"\?$/,
  ],
  "an authority's name": [
    () => new TlsAuthority("ca", { commonName: secret(` ${VAULT}`) }),
    /\n {2}commonName: expected 1 to 64 printable characters$/,
  ],
  "an address": [
    () => new RaspberryPi("pi", { connection: { host: secret(`${VAULT}:22`), hostKey: insecure() } }),
    /\n {2}connection\.host: expected a DNS name or an IP address$/,
  ],
  "the name of a setting": [
    () => {
      broker({ settings: pulumi.secret({ [VAULT]: 1 }) });
    },
    /\n {2}settings: expected a global setting that mosquitto 2\.0\.11 and 2\.0\.21 knows$/,
  ],
};

describe("what is secret", () => {
  for (const [what, [program, told]] of Object.entries(MISTAKES))
    it(`is not in the text of a mistake: ${what}`, async () => {
      const errors = await failureOf(program);
      const text = errors.map(({ message, stack }) => `${message}${stack ?? ""}`).join("\n");
      assert.ok(!text.includes(VAULT), text);
      assert.match(errors[0]?.message ?? "", told);
    });

  it("is not in a warning, and what is none is", async () => {
    const { warnings } = await deploy(() => {
      const rules = [
        new AclRule("odd", { everyone: true, access: "read", topic: secret(`/a"${VAULT}`) }),
        new AclRule("all", { user: "sensor1", access: "readwrite", topic: secret(`${VAULT.toLowerCase()}/#`) }),
        new AclRule("part", { user: "sensor1", access: "write", topic: secret(`${VAULT.toLowerCase()}/b`) }),
        new AclRule("open", { user: "sensor1", access: "write", topic: "Home" }),
      ];
      broker({ rules });
    });
    assert.deepEqual(warnings, [
      'topic: "Home": upper case in a topic is easily mistyped: topics are case-sensitive',
      'topic: "[secret]": upper case in a topic is easily mistyped: topics are case-sensitive',
      'topic: "[secret]": the leading slash makes an empty first level; leave it away',
      'rules[2]: adds nothing to rules[1], which already allows "[secret]"',
    ]);
  });
});
