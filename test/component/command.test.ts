import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { insecure, MosquittoBroker, type MosquittoBrokerArgs, MqttUser, RaspberryPi, TlsAuthority } from "../../sdk";
import { AUTHORITY, HASH } from "../support/brokers";
import { deploy, type Made, valueOf } from "../support/deploy";
import { newKey, signedFor } from "../support/providers";
import { unpack } from "../support/unpack";

const SSH_PASSWORD = "the password of the SSH login";

let broker: MosquittoBroker;

/** What a broker and a user with a certificate make, by name. */
async function make(args: Partial<MosquittoBrokerArgs> = {}, name = "broker"): Promise<ReadonlyMap<string, Made>> {
  const { made } = await deploy(() => {
    const connection = { host: "192.168.1.57", password: SSH_PASSWORD, hostKey: insecure() };
    const authority = new TlsAuthority("ca", { commonName: "CA" });
    new MqttUser("relay", { certificate: { authority } });
    const users = [{ username: "sensor1", passwordHash: HASH }];
    broker = new MosquittoBroker(name, { host: new RaspberryPi("pi", { connection }), authority, users, ...args });
  });
  return new Map(made.map((resource) => [resource.name, resource]));
}

describe("a certificate", () => {
  it("proves a server's names or logs a client in, never both", async () => {
    const made = await make();
    const uses = (name: string) => made.get(name)?.inputs["allowedUses"];
    assert.deepEqual(uses("broker-server-certificate"), ["digital_signature", "server_auth"]);
    assert.deepEqual(uses("relay-client-certificate"), ["digital_signature", "client_auth"]);
  });

  it("holds the addresses that listeners are bound to", async () => {
    const made = await make({ listeners: { tls: { bind: "192.168.2.57" } } });
    assert.deepEqual(made.get("broker-server-request")?.inputs["ipAddresses"], [
      "192.168.1.57",
      "192.168.2.57",
      "127.0.0.1",
      "::1",
    ]);
    assert.equal(await valueOf(broker.url), "mqtts://192.168.2.57:8883");
  });

  it("that was given names the broker, and goes to the Pi without the text around it", async () => {
    const key = newKey();
    const options = ["basicConstraints=CA:FALSE", "subjectAltName=DNS:mqtt-pi.local"].flatMap((e) => ["-addext", e]);
    const leaf = signedFor(key, AUTHORITY, "x", options);
    const certificate = {
      certificatePem: pulumi.secret(`Certificate:\n    Data:\n${leaf}`),
      privateKeyPem: pulumi.secret(key),
      caPem: `text\n${AUTHORITY.certificatePem}`,
    };
    const made = await make({ authority: undefined, certificate });
    assert.equal(await valueOf(broker.url), "mqtts://mqtt-pi.local:8883");
    assert.equal(await pulumi.isSecret(broker.url), false);
    const files = unpack(String(made.get("broker-state")?.inputs["stdin"]));
    assert.equal(files.get("files/certs/server.crt"), leaf);
    assert.equal(files.get("files/certs/ca.crt"), AUTHORITY.certificatePem);
  });
});

describe("the command on the Pi", () => {
  it("has its input and its login secret, and gets nothing from a former run by the environment", async () => {
    const command = (await make()).get("broker-state");
    assert.ok(command);
    assert.equal(command.inputs["addPreviousOutputInEnv"], false);
    // The connection is missing here: the plugin's class says itself that it is secret.
    assert.deepEqual(JSON.parse(command.plainInputs), {
      stdin: "[secret]",
      create: "sh -s apply",
      delete: "sh -s remove",
      logging: "stderr",
      addPreviousOutputInEnv: false,
    });
    assert.ok(JSON.stringify(command.inputs["connection"]).includes(SSH_PASSWORD), "else there was nothing to hide");
  });

  it("is not led astray by a resource's name", async () => {
    const odd = "y\nlink /etc/cron.d/pwn plan";
    const command = (await make({}, odd)).get(`${odd}-state`);
    const state = unpack(String(command?.inputs["stdin"])).get("state")?.split("\n") ?? [];
    assert.deepEqual(
      state.filter((line) => /^(component|link) /.test(line)),
      [
        "component home/test/y?link /etc/cron.d/pwn plan",
        "link /etc/systemd/system/mosquitto.service.d/zz-pulumi-mosquitto-pi.conf /etc/mosquitto/current/systemd.conf",
        "link /etc/systemd/system/pulumi-mosquitto-pi-expiry.service /etc/mosquitto/current/pulumi-mosquitto-pi-expiry.service",
        "link /etc/systemd/system/pulumi-mosquitto-pi-expiry.timer /etc/mosquitto/current/pulumi-mosquitto-pi-expiry.timer",
        "link /etc/systemd/system/timers.target.wants/pulumi-mosquitto-pi-expiry.timer /etc/mosquitto/current/pulumi-mosquitto-pi-expiry.timer",
        "link /etc/systemd/system/mosquitto.service.d/00-pulumi-mosquitto-pi.conf /var/lib/pulumi-mosquitto-pi/mosquitto/fail-closed.conf",
      ],
    );
  });
});
