import assert from "node:assert/strict";
import { chmodSync, cpSync, existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

import { run } from "./run";
import { temporaryFolder } from "./temporaryFolder";

const DEMO = join(__dirname, "demo.sh");
const KEY = ["--key", __filename];

describe("npm run demo says what is wrong, and does nothing", () => {
  const misused: readonly (readonly [string, string[]])[] = [
    ["unknown argument", ["--frob"]],
    ["--host wants a value", ["--host"]],
    ["--host wants a value", ["--host", ""]],
    ["unknown suite", ["--suite", "at-home"]],
    ["give one of them", ["--host", "192.0.2.1", "--suite", "bookworm"]],
    ["give one of them", ["--proof", "--suite", "trixie", "--host", "192.0.2.1"]],
    ["go with --host", KEY],
    ["--down does not go with --proof", ["--proof", "--down"]],
    ["no --suite or --host with it", ["--down", "--suite", "trixie"]],
  ];
  for (const [message, args] of misused)
    it(`${args.join(" ")}: ${message}`, async () => {
      const { code, stdout, stderr } = await run("bash", [DEMO, ...args]);
      assert.deepEqual([code, stdout], [2, ""]);
      const [first = "", second] = stderr.split("\n");
      assert.ok(first.startsWith("demo: ") && first.includes(message), first);
      assert.match(second ?? "", /^Usage: npm run demo /);
    });

  const incomplete: readonly (readonly [string, string[]])[] = [
    ["--host wants the Pi's IP address", ["--host", "kitchen.local"]],
    ["--key wants the file of your SSH private key", ["--host", "192.0.2.1"]],
    ["--key wants the file of your SSH private key", ["--host", "192.0.2.1", "--key", "/nowhere"]],
    ["--host-key is missing", ["--host", "192.0.2.1", ...KEY]],
  ];
  for (const [message, args] of incomplete)
    it(`${args.slice(0, 3).join(" ")}: ${message}`, async () => {
      const { code, stdout, stderr } = await run("bash", [DEMO, ...args]);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.ok(stderr.startsWith(`demo: ${message}`), stderr);
    });
});

describe("a clone that root made says to somebody else", () => {
  const folder = temporaryFolder("clone", "outside");
  const clone = folder.path;

  before(() => {
    chmodSync(clone, 0o755);
    cpSync(resolve(__dirname, ".."), join(clone, "test"), { recursive: true });
    mkdirSync(join(clone, ".cache"));
  });
  after(() => {
    folder.remove();
  });

  const asNobody = (script: string, ...args: string[]) =>
    run("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "bash", join(clone, "test", script), ...args], {
      env: { PATH: process.env["PATH"] },
    });

  it("that a Pi in a container needs root, and what to do with a Pi of one's own", async () => {
    const { code, stderr } = await asNobody("support/demo.sh");
    assert.equal(code, 1);
    assert.match(stderr, /needs root on Debian[^]*This is nobody on .*\. Nothing was done\.[^]*npm run demo -- --host/);
  });

  for (const [script, ...args] of [
    ["support/demo.sh", "--down"],
    ["support/bootstrap.sh"],
    ["engine/setup.sh"],
  ] as const)
    it(`whose it is, before anything is tried: ${[script, ...args].join(" ")}`, async () => {
      const { code, stdout, stderr } = await asNobody(script, ...args);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.equal(
        stderr,
        `${clone}/.cache belongs to root and nobody may not write there. Nothing was done.\n` +
          "Run this as root, or in a clone of your own, or set MOSQUITTO_PI_CACHE to a folder of yours.\n",
      );
    });

  it("and leaves it as it was", () => {
    assert.ok(!existsSync(join(clone, ".cache/engine")));
  });
});
