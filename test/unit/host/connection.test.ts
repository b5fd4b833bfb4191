import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";

import { Field } from "../../../sdk/core/field";
import { checkConnection, insecure } from "../../../sdk/host/connection";

const privateKey = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });

/** A public key as sshd keeps it: each part after its length. */
function hostKeyOf(...parts: readonly (string | Buffer)[]): string {
  const blob = parts.flatMap((part) => {
    const bytes = Buffer.from(part as string);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
  return `${String(parts[0])} ${Buffer.concat(blob).toString("base64")}`;
}

const ED25519 = hostKeyOf("ssh-ed25519", Buffer.alloc(32, 7));
const good = { host: "192.168.1.57", user: "pi", hostKey: ED25519 };

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

  it("takes whole keys of each kind, and no truncated or foreign ones", () => {
    const ecdsa = (
      [
        [256, 65],
        [384, 97],
        [521, 133],
      ] as const
    ).map(([bits, length]) => hostKeyOf(`ecdsa-sha2-nistp${bits}`, `nistp${bits}`, Buffer.alloc(length, 4)));
    for (const hostKey of [ED25519, `${ED25519} root@pi\n`, ...ecdsa])
      assert.deepEqual(mistakes({ ...good, hostKey }), [], hostKey);
    const base64 = ED25519.split(" ")[1] ?? "";
    const wrong = [
      "ssh-ed25519 AAAAC3",
      ED25519.slice(0, -4),
      `${ED25519}AAAA`,
      `ecdsa-sha2-nistp256 ${base64}`,
      hostKeyOf("ssh-ed25519", Buffer.alloc(31)),
      base64,
    ];
    for (const hostKey of wrong) assert.equal(mistakes({ ...good, hostKey }).length, 1, hostKey);
  });

  it("has the port by itself: a colon belongs to IPv6", () => {
    for (const host of ["192.168.1.57:22", "pi.local:22", "[fe80::1]:22", "a::b::c"])
      assert.deepEqual(mistakes({ ...good, host }).length, 1, host);
    for (const host of ["fe80::1", "fe80::1%eth0", "pi.local", "192.168.1.57"])
      assert.deepEqual(mistakes({ ...good, host }), [], host);
    const field = new Field({ ...good, host: "192.168.1.57:22" }, "connection");
    checkConnection(field);
    assert.equal(field.found[0]?.fix, "say `port` for the port");
  });

  it("tells that insecure is to be called", () => {
    const field = new Field({ ...good, hostKey: insecure }, "connection");
    checkConnection(field);
    assert.deepEqual(
      field.found.map(({ path, fix }) => [path, fix]),
      [["connection.hostKey", "call it: insecure()"]],
    );
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
