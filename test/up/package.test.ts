import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join, resolve } from "node:path";

import { cacheRoot, PulumiProject } from "../engine/engine";
import { run as runProgram } from "../support/run";
import { Lab, type LabHost } from "../lab";
import { Session } from "../support/proof/session";
import { temporaryFolder } from "../support/temporaryFolder";

const ROOT = resolve(__dirname, "../..");
const PACKED = /^package\/(dist\/sdk\/.+\.(js|d\.ts|sh|py)|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/;

/** What a stranger does: the package from its tarball, a project of their own, the smallest useful program. */
describe("a project of one's own", function () {
  this.timeout(180_000);
  let lab: Lab;
  let host: LabHost;
  // Outside, or it would find the repository's own packages.
  const temporary = temporaryFolder("own", "outside");
  const folder = temporary.path;
  let project: PulumiProject;

  before(async () => {
    lab = await Lab.start([{ name: "pi", suite: "trixie" }]);
    host = lab.host("pi");
  });

  after(async () => {
    temporary.remove();
    await lab.stop();
  });

  it("packs the compiled SDK with what runs on the Pi, and nothing else", async () => {
    await run("npm", ["pack", "--loglevel=error", "--pack-destination", folder], ROOT);
    await run("sh", ["-c", "mv pulumi-mosquitto-pi-*.tgz sdk.tgz"], folder);
    const files = (await run("tar", ["-tzf", "sdk.tgz"], folder)).trim().split("\n");
    assert.deepEqual(
      files.filter((file) => !PACKED.test(file)),
      [],
    );
    for (const needed of [
      "sdk/index.js",
      "sdk/index.d.ts",
      "sdk/host/shell/apply.sh",
      "sdk/mosquitto/shell/hooks.sh",
      "sdk/fail2ban/shell/watch.py",
    ])
      assert.ok(files.includes(`package/dist/${needed}`), needed);
  });

  it("installs with nothing but what a user needs", async () => {
    for (const name of ["Pulumi.yaml", "index.ts"]) cpSync(join(ROOT, "examples/quickstart", name), join(folder, name));
    for (const name of ["package.json", "typos.ts"]) cpSync(join(__dirname, "ownProject", name), join(folder, name));
    const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"];
    const packages = ["./sdk.tgz", "@pulumi/pulumi@3.248.0", "typescript@5.9.3", "@types/node@20"];
    await run("npm", ["install", "--cache", join(cacheRoot, "npm"), ...quiet, ...packages], folder);
  });

  it("has types that hold in strict projects of either kind, down to its own declarations", async () => {
    const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022"];
    const kinds = [
      ["--module", "node16", "--moduleResolution", "node16", "--skipLibCheck", "false"],
      ["--module", "esnext", "--moduleResolution", "bundler", "--skipLibCheck", "true"],
    ];
    const compile = (kind: string[]) =>
      run("npx", ["--no-install", "tsc", ...strict, ...kind, "index.ts", "typos.ts"], folder);
    await Promise.all(kinds.map(compile));
  });

  it("previews without touching the Pi", async () => {
    project = new PulumiProject({ dir: folder, backendDir: join(folder, "state") });
    await project.setConfig("host", host.ip);
    await project.setConfig("hostKey", host.hostKey);
    await project.setConfig("privateKey", host.privateKey, { secret: true });
    const { code, stdout, stderr } = await project.preview();
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /MosquittoBroker +broker +create/);
    assert.equal((await host.ssh("ls /etc/mosquitto")).code, 2);
  });

  it("deploys, and its outputs let a client in", async () => {
    const { code, stdout, stderr } = await project.up();
    assert.equal(code, 0, stdout + stderr);
    const { url, caPem, password } = await project.outputs({ showSecrets: true });
    assert.equal(url, `mqtts://${host.ip}:8883`);
    assert.equal((await project.outputs())["password"], "[secret]");
    const server = { address: host.ip, hostnames: [host.ip], caPem: String(caPem) } as const;
    await using sensor = await Session.open(server, { username: "sensor1", password: String(password) });
    await sensor.publish("home/livingroom/temperature", "21.5");
    await assert.rejects(sensor.publish("home/livingroom/heating", "on"), { code: 135 });
  });

  it("destroys", async () => {
    const { code, stdout, stderr } = await project.destroy();
    assert.equal(code, 0, stdout + stderr);
    assert.equal((await host.ssh("ls /etc/mosquitto; command -v mosquitto")).stdout, "");
  });

  async function run(command: string, args: string[], cwd: string): Promise<string> {
    const { code, stdout, stderr } = await runProgram(command, args, { cwd, env: process.env });
    assert.equal(code, 0, `${command} ${args.join(" ")}:\n${stdout}${stderr}`);
    return stdout;
  }
});
