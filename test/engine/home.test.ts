import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { run } from "../support/run";
import { temporaryFolder } from "../support/temporaryFolder";
import { engineEnv, PulumiProject } from "./engine";

describe("the engine writes nothing outside the cache", function () {
  this.timeout(60_000);
  const folder = temporaryFolder("home");
  const temporary = process.env["TMPDIR"];
  const at = (name: string) => join(folder.path, name);
  const own = { HOME: at("home"), XDG_CONFIG_HOME: undefined, XDG_CACHE_HOME: undefined };

  before(() => {
    for (const name of ["home", "tmp"]) mkdirSync(at(name));
    process.env["TMPDIR"] = at("tmp");
  });
  after(() => {
    if (temporary === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = temporary;
    folder.remove();
  });
  afterEach(() => {
    assert.deepEqual(readdirSync(at("home"), { recursive: true }), []);
    assert.deepEqual(readdirSync(at("tmp"), { recursive: true }), []);
  });

  it("when it is set up already", async () => {
    const { code, stdout } = await run(join(__dirname, "setup.sh"), [], { env: { ...process.env, ...own } });
    assert.equal(code, 0);
    assert.match(stdout, /^engine: ready in .*\n$/);
  });

  it("when asked for its version", async () => {
    const { code, stdout } = await run("pulumi", ["version"], { env: engineEnv(own) });
    assert.equal(code, 0);
    assert.match(stdout, /^v3\.\d+\.\d+/);
  });

  it("in a preview, with language host and plugins", async () => {
    const dir = join(__dirname, "../contract/pluginsProgram");
    const { code, stdout, stderr } = await new PulumiProject({ dir, backendDir: at("state"), env: own }).preview();
    assert.equal(code, 0, stdout + stderr);
  });
});
