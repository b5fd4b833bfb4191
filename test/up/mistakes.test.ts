import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Lab, type LabHost, run } from "../lab";
import { matchesGolden } from "../support/golden";
import { type TemporaryFolder, temporaryFolder } from "../support/temporaryFolder";
import type { Spec } from "./program/spec";
import { asRoot } from "./support/host";
import { piOf, Stack } from "./support/stack";

const RULE = { user: "sensor1", access: "write", topic: "home/temperature" } as const;

/** What `pulumi up` says to the mistakes that only show on the way to a host, or on it. */
describe("mistakes on the way to a Pi", function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: LabHost;
  let folder: TemporaryFolder;
  let untouched: string;

  before(async () => {
    lab = await Lab.start([{ name: "pi", suite: "bookworm" }]);
    host = lab.host("pi");
    folder = temporaryFolder("keys");
    await asRoot(
      host,
      "useradd --create-home --groups sudo carol && cp -r /home/pi/.ssh /home/carol/ && chown -R carol: /home/carol",
    );
    untouched = await packages();
  });

  after(async () => {
    folder.remove();
    await lab.stop();
  });

  const mistakes: readonly (readonly [string, () => Promise<object> | object])[] = [
    ["no-host-key", () => ({ connection: { hostKey: undefined } })],
    ["wrong-host-key", async () => ({ connection: { hostKey: (await newKey("host")).publicKey } })],
    ["wrong-login-key", async () => ({ connection: { privateKey: (await newKey("login")).privateKey } })],
    ["no-such-host", () => ({ connection: { host: host.ip.replace(/\d+$/, "9"), perDialTimeout: 1 } })],
    ["sudo-asks-for-a-password", () => ({ connection: { user: "carol" } })],
    ["wrong-suite", () => ({ suite: "trixie" })],
  ];
  for (const [name, change] of mistakes)
    it(`says what is wrong: ${name}`, async () => {
      await using stack = new Stack();
      const { connection, suite } = piOf(host);
      const changed = (await change()) as Partial<Spec["hosts"][string]>;
      const pi = { suite, ...changed, connection: { ...connection, dialErrorLimit: 1, ...changed.connection } };
      const hosts = { pi } as Spec["hosts"];
      const printed = await stack.upFails({ hosts, users: { sensor1: {} }, rules: [RULE] });
      assert.doesNotMatch(printed, /PRIVATE KEY/);
      matchesGolden(`up/${name}.txt`, diagnostics(printed));
    });

  it("has not touched the host for any of them", async () => {
    assert.equal(await packages(), untouched);
  });

  function packages(): Promise<string> {
    return asRoot(host, "dpkg-query -W; ls -A /etc/systemd/system /var/lib");
  }

  /** The part of the output that is about errors, without what differs from run to run. */
  function diagnostics(printed: string): string {
    const found = /^Diagnostics:\n([\s\S]*?)\n\n(?:Outputs|Resources):/m.exec(printed)?.[1];
    assert.ok(found, `no diagnostics in:\n${printed}`);
    const texts = { [host.ip]: "<pi>", [host.ip.replace(/\d+$/, "9")]: "<nobody>" };
    // Whether a look at the same address came shortly before decides how the system says that nobody is there.
    const steady = found
      .replace(/SHA256:[A-Za-z0-9+/]{43}/g, "<fingerprint>")
      .replace("connect: no route to host", "i/o timeout");
    const blocks = steady.split("\n\n").sort().join("\n\n");
    return `${Object.entries(texts).reduce((text, [value, word]) => text.replaceAll(value, word), blocks)}\n`;
  }

  async function newKey(name: string): Promise<{ privateKey: string; publicKey: string }> {
    const path = join(folder.path, name);
    const { code, stderr } = await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path]);
    assert.equal(code, 0, stderr);
    return { privateKey: readFileSync(path, "utf8"), publicKey: readFileSync(`${path}.pub`, "utf8") };
  }
});
