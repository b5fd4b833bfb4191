import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { MqttUser, TlsAuthority } from "../../sdk";
import { passwordHash } from "../../sdk/mosquitto/password";
import { AUTHORITY } from "../support/brokers";
import { deploy, type State, valueOf } from "../support/deploy";
import { failureOf } from "../support/failure";
import { datedFromNow } from "../support/redated";

/** Makes one user and waits for it. */
async function make(program: () => MqttUser, state?: State): Promise<MqttUser> {
  let user: MqttUser | undefined;
  await deploy(() => (user = program()), state);
  assert.ok(user);
  return user;
}

async function hashOf(user: MqttUser): Promise<string> {
  assert.ok(user.passwordHash);
  return valueOf(user.passwordHash);
}

describe("an MqttUser", () => {
  it("gets a password, and a hash of it with few rounds", async () => {
    const user = await make(() => new MqttUser("sensor1"));
    assert.ok(user.password);
    const password = await valueOf(user.password);
    const hash = await hashOf(user);
    const salt = Buffer.from(hash.split("$")[3] ?? "", "base64");
    assert.equal(hash, passwordHash(password, salt, 101));
    assert.equal(await valueOf(user.username), "sensor1");
  });

  it("gets a password of 190 bits, and so does another user", async () => {
    const { made } = await deploy(() => [new MqttUser("sensor1"), new MqttUser("sensor2")]);
    const passwords = made.filter(({ type }) => type === "random:index/randomPassword:RandomPassword");
    assert.equal(passwords.length, 2);
    for (const { inputs } of passwords) {
      const { length, special, ...others } = inputs;
      assert.deepEqual([special, others], [false, {}], "letters of both cases, and digits");
      assert.ok(Number(length) * Math.log2(26 + 26 + 10) >= 190);
    }
  });

  it("has the same hash in each run, and another when the password changes", async () => {
    const state: State = new Map();
    const admin = (password: string) => make(() => new MqttUser("admin", { password }), state);
    const hash = await hashOf(await admin("correct horse battery"));
    assert.match(hash, /^\$7\$10000\$/);
    assert.equal(await hashOf(await admin("correct horse battery")), hash);
    assert.notEqual(await hashOf(await admin("correct horse stapler")), hash);
  });

  it("may have a password that is known only later, and more rounds", async () => {
    const password = pulumi.secret("correct horse battery");
    const user = await make(() => new MqttUser("admin", { username: "boss", password, iterations: 20000 }));
    assert.match(await hashOf(user), /^\$7\$20000\$/);
    assert.equal(await valueOf(user.username), "boss");
  });

  it("with a certificate has no password, unless one is asked for", async () => {
    const certificate = { authority: AUTHORITY };
    const only = await make(() => new MqttUser("relay1", { certificate }));
    assert.deepEqual([only.password, only.passwordHash], [undefined, undefined]);
    assert.match(String(only.certificatePem && (await valueOf(only.certificatePem))), /BEGIN CERTIFICATE/);
    const both = await make(() => new MqttUser("relay1", { certificate, password: true }));
    assert.match(await hashOf(both), /^\$7\$101\$/);
  });

  it("has a certificate for a client, with the user name as CN", async () => {
    const { made } = await deploy(() => {
      const authority = new TlsAuthority("ca", { commonName: "CA", algorithm: "RSA-2048" });
      new MqttUser("relay", { username: "relay1", certificate: { authority, validity: "90d" } });
    });
    const inputs = (name: string) => made.find((resource) => resource.name === name)?.inputs ?? {};
    assert.deepEqual(inputs("relay-client-request")["subject"], { commonName: "relay1" });
    const { allowedUses, validityPeriodHours, earlyRenewalHours, setSubjectKeyId } = inputs("relay-client-certificate");
    assert.deepEqual(
      [allowedUses, validityPeriodHours, earlyRenewalHours, setSubjectKeyId],
      [["digital_signature", "client_auth"], 2160, 720, true],
    );
    const { algorithm, rsaBits } = inputs("relay-client-key");
    assert.deepEqual([algorithm, rsaBits], ["RSA", 2048]);
  });

  it("has no certificate that ends after an authority that is given: it is told before it goes anywhere", async () => {
    const certificatePem = datedFromNow(AUTHORITY.certificatePem, AUTHORITY.privateKeyPem, -1000, 700);
    const certificate = { authority: { ...AUTHORITY, certificatePem } };
    const [error] = await failureOf(() => new MqttUser("relay1", { certificate }));
    assert.match(
      String(error?.message),
      /^Certificate "relay1-client": it would end .*Z, after its authority, which ends .*Z; say a shorter/,
    );
    await make(() => new MqttUser("relay1", { certificate, revoked: true }));
  });

  it("that is revoked keeps the certificate that is revoked, whatever would renew it", async () => {
    const certificateOf = async (revoked: boolean) => {
      const { made } = await deploy(() => new MqttUser("relay1", { certificate: { authority: AUTHORITY }, revoked }));
      return made.find(({ name }) => name === "relay1-client-certificate");
    };
    const [live, dead] = [await certificateOf(false), await certificateOf(true)];
    assert.deepEqual([live?.ignoreChanges, live?.inputs["earlyRenewalHours"]], [[], 5840]);
    assert.equal(dead?.inputs["earlyRenewalHours"], 0);
    assert.ok(dead.ignoreChanges.includes("caCertPem"));
  });

  it("that is revoked may have a certificate that ends too soon for others", async () => {
    pulumi.runtime.setConfig("mosquitto-pi:failIfExpiringWithin", "10y");
    try {
      const user = await make(() => new MqttUser("relay1", { certificate: { authority: AUTHORITY }, revoked: true }));
      assert.match(String(user.certificateExpires && (await valueOf(user.certificateExpires))), /Z$/);
    } finally {
      // What is set can't be unset.
      pulumi.runtime.setConfig("mosquitto-pi:failIfExpiringWithin", "1h");
    }
  });

  it("that is revoked must have a certificate, and be so from the start", async () => {
    await assert.rejects(
      make(() => new MqttUser("sensor1", { revoked: true })),
      /revoked: expected a user with a certificate/,
    );
    const later = pulumi.output(true) as never;
    await assert.rejects(
      make(() => new MqttUser("relay1", { certificate: { authority: AUTHORITY }, revoked: later })),
      /revoked: expected true or false, plainly/,
    );
  });
});

describe("a TlsAuthority", () => {
  it("may sign certificates and revocation lists, and has a key id", async () => {
    const { made } = await deploy(
      () => new TlsAuthority("ca", { commonName: "CA", organization: "Home", country: "DE" }),
    );
    const { privateKeyPem, ...certificate } = made.find(({ name }) => name === "ca-certificate")?.inputs ?? {};
    assert.ok(privateKeyPem);
    assert.deepEqual(certificate, {
      subject: { commonName: "CA", organization: "Home", country: "DE" },
      isCaCertificate: true,
      allowedUses: ["cert_signing", "crl_signing"],
      setSubjectKeyId: true,
      validityPeriodHours: 87600,
      earlyRenewalHours: 29200,
    });
  });

  it("issues certificates as children of whom they are for", async () => {
    const { made } = await deploy(() => {
      const ca = new TlsAuthority("ca", { commonName: "CA" });
      ca.issue("grafana", { commonName: "grafana.local", usage: "server", dnsNames: ["grafana.local"] });
    });
    assert.deepEqual(
      made
        .filter(({ parent, name }) => parent === "ca" && name.startsWith("grafana"))
        .map(({ name }) => name)
        .sort(),
      ["grafana-certificate", "grafana-key", "grafana-request"],
    );
  });
});
