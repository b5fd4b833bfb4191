import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { run } from "../support/run";
import { temporaryFolder, type TemporaryFolder } from "../support/temporaryFolder";

const SETUP = join(__dirname, "setup.sh");
const fake = (name: string) => join(__dirname, "../support/fakes", `${name}.sh`);

/** Pulumi, curl and go are played by small scripts: what is tried, in which order, and what is taken in the end. */
describe("the engine's set-up takes Pulumi", () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = temporaryFolder("engine");
    mkdirSync(join(folder.path, "path"));
    const played = { pulumi: "pulumi", "pulumi-language-nodejs": "pulumi", curl: "curl", go: "go" };
    for (const [name, by] of Object.entries(played)) symlinkSync(fake(by), join(folder.path, "path", name));
    writeFileSync(join(folder.path, "log"), "");
  });
  afterEach(() => {
    folder.remove();
  });

  it("from the PATH, with stock plugins, and asks nobody else", async () => {
    const { code, stdout, stderr } = await setUp({ FAKE_VERSION: "3.300.0" });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /pulumi 3\.300\.0 from the PATH/);
    assert.deepEqual(log(), [
      "pulumi plugin install resource command 1.2.1",
      "pulumi plugin install resource tls 5.6.1",
      "pulumi plugin install resource random 4.21.2",
    ]);
    assert.equal(taken("pulumi"), fake("pulumi"));
  });

  it("and is ready the second time", async () => {
    await setUp({ FAKE_VERSION: "3.300.0" });
    const before = log();
    const { code, stdout } = await setUp({ FAKE_VERSION: "3.300.0" });
    assert.equal(code, 0);
    assert.match(stdout, /^engine: ready in \S+\n$/);
    assert.deepEqual(log(), before);
  });

  it("else from the official download, and builds nothing", async () => {
    const { code, stdout, stderr } = await setUp({ FAKE_VERSION: "3.100.0", FAKE_DOWNLOAD: fake("installer") });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /pulumi 3\.100\.0 on the PATH is older than 3\.200\.0: not used/);
    assert.deepEqual(programs(), ["curl", "installer", "pulumi", "pulumi", "pulumi"]);
    for (const name of ["pulumi", "pulumi-language-nodejs"])
      assert.equal(taken(name), join(folder.path, "cache/engine/official/bin", name));
  });

  it("else from Go modules, with plugins that were built likewise, a test double labelled as such", async () => {
    const { code, stdout, stderr } = await setUp({ FAKE_VERSION: "3.100.0" });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /the official download cannot be reached from here/);
    assert.match(stdout, /plugin command 1\.2\.1: TEST DOUBLE/);
    const tried = log().filter((line) => !line.startsWith("go list"));
    assert.match(tried[0] ?? "", /^curl /);
    assert.match(tried[1] ?? "", /^go build .*cmd\/pulumi$/);
    assert.match(tried[2] ?? "", /^go build .*cmd\/pulumi-language-nodejs$/);
    const installed = tried.filter((line) => line.startsWith("pulumi plugin"));
    assert.equal(installed.length, 3);
    for (const line of installed) assert.match(line, / --reinstall --file /);
    assert.equal(taken("pulumi"), join(folder.path, "cache/engine/built/pulumi"));
    assert.ok(!existsSync(join(folder.path, "cache/engine/go")), "several GB of no more use");
  });

  it("or, when told where from, from there or not at all", async () => {
    const { code, stderr } = await setUp({ FAKE_VERSION: "3.100.0", MOSQUITTO_PI_ENGINE: "path" });
    assert.equal(code, 1);
    assert.match(stderr, /FAILED: no pulumi >= 3\.200\.0 [^]*what to do: install Pulumi, or unset MOSQUITTO_PI_ENGINE/);
    assert.deepEqual(log(), []);
  });

  function setUp(env: NodeJS.ProcessEnv) {
    return run("bash", [SETUP], {
      env: {
        PATH: `${join(folder.path, "path")}:${process.env["PATH"] ?? ""}`,
        HOME: join(folder.path, "home"),
        MOSQUITTO_PI_CACHE: join(folder.path, "cache"),
        FAKE_LOG: join(folder.path, "log"),
        FAKE_BUILT: fake("pulumi"),
        ...env,
      },
    });
  }

  /** Each program that was run, without its folder, with its arguments. */
  function log(): string[] {
    const lines = readFileSync(join(folder.path, "log"), "utf8").trim().split("\n");
    return lines.filter((line) => line !== "").map((line) => line.replace(/^\S*\//, ""));
  }

  function programs(): (string | undefined)[] {
    return log().map((line) => line.split(" ")[0]);
  }

  function taken(name: string): string {
    return realpathSync(join(folder.path, "cache/engine/bin", name));
  }
});
