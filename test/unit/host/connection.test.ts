import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";

import { Field } from "../../../sdk/core/field";
import { checkConnection, insecure } from "../../../sdk/host/connection";

const privateKey = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
const good = { host: "192.168.1.57", user: "pi", hostKey: `ssh-ed25519 AAAA${"b".repeat(64)}` };

function mistakes(connection: unknown): string[] {
  const field = new Field(connection, "connection");
  checkConnection(field);
  return field.found.map((i) => `${i.path}: ${i.expected}${i.got === undefined ? "" : ` (${i.got})`}`);
}

describe("connection", () => {
  it("takes every argument of the command package, directly and for a bastion", () => {
    const all = {
      ...good,
      port: 2222,
      privateKey,
      privateKeyPassword: "p",
      password: "p",
      agentSocketPath: "/run/agent",
      dialErrorLimit: -1,
      perDialTimeout: 0,
    };
    assert.deepEqual(mistakes({ ...all, proxy: all }), []);
  });

  it("needs a host key, for the bastion as well, unless told to go without", () => {
    const bare = { host: good.host, user: good.user };
    const found = mistakes({ ...bare, proxy: bare });
    assert.equal(found.length, 2);
    assert.match(found[0] ?? "", /^connection\.hostKey: the host's public SSH key/);
    assert.match(found[1] ?? "", /^connection\.proxy\.hostKey: /);
    assert.deepEqual(mistakes({ ...bare, hostKey: insecure() }), []);
  });

  it("refuses host keys that the plugin could not use: known_hosts lines, ssh-rsa, private keys", () => {
    for (const hostKey of [`192.168.1.57 ${good.hostKey}`, "ssh-rsa AAAAB3NzaC1yc2E=", "SHA256:abc", ""])
      assert.equal(mistakes({ ...good, hostKey }).length, 1, hostKey);
  });

  it("reports every mistake at once, and shows no secret", () => {
    const found = mistakes({
      host: "two words",
      port: 70000,
      user: "pi; rm",
      password: 12345678,
      privateKey: "/home/me/.ssh/id_secret",
      hostKey: good.hostKey,
      colour: "blue",
    });
    assert.deepEqual(found.map((line) => line.split(":")[0]).sort(), [
      "connection.colour",
      "connection.host",
      "connection.password",
      "connection.port",
      "connection.privateKey",
      "connection.user",
    ]);
    assert.ok(!/12345678|id_secret/.test(found.join("\n")));
  });
});
