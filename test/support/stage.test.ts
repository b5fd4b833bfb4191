import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { type TemporaryFolder, temporaryFolder } from "./temporaryFolder";

/** Starts a program of its own, as mocha starts its workers; both ignore the signals after the first argument. */
const PARENT = `trap '' $2; sh -c 'echo $$ >>"$0"; exec sleep 600' "$1" & echo $$ >>"$1"; wait; sleep 600`;

describe("a stage of the tests", () => {
  let folder: TemporaryFolder;
  let pids: string;

  beforeEach(() => {
    folder = temporaryFolder("stage");
    pids = join(folder.path, "pids");
  });

  afterEach(() => {
    folder.remove();
  });

  it("says how it ended", async () => {
    assert.equal((await start(["sh", "-c", "exit 3"])).printed, '{"code":3}');
  });

  it("takes all that it has started along when it is at its limit", async () => {
    const { printed } = await start(["sh", "-c", PARENT, "sh", pids, "HUP"], { limit: 500 });
    assert.match(printed, /"stopped":"it has not ended within 500 ms"/);
    assert.deepEqual(running(), []);
  });

  it("is killed when it does not listen", async () => {
    const { printed } = await start(["sh", "-c", PARENT, "sh", pids, "TERM"], { limit: 500, grace: 500 });
    assert.match(printed, /"stopped"/);
    assert.deepEqual(running(), []);
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    it(`ends with the run that is ended by ${signal}`, async () => {
      const { printed } = await start(["sh", "-c", PARENT, "sh", pids, "QUIT"], { limit: 60_000, grace: 500 }, signal);
      assert.match(printed, new RegExp(`"stopped":"${signal}"`));
      assert.deepEqual(running(), []);
    });

  /** Runs a stage in a process of its own, which gets a signal when the stage has started all it starts. */
  async function start(command: string[], options: object = { limit: 10_000 }, signal?: NodeJS.Signals) {
    const program = `import { runStage } from "./stage.mjs";
      console.log(JSON.stringify(await runStage(${JSON.stringify(command)}, ${JSON.stringify(options)})));`;
    const run = spawn(process.execPath, ["--input-type=module", "-e", program], { cwd: __dirname });
    let printed = "";
    run.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
    const ended = once(run, "close");
    if (signal !== undefined) {
      while (started().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
      run.kill(signal);
    }
    await ended;
    return { printed: printed.trim() };
  }

  function started(): string[] {
    return existsSync(pids) ? readFileSync(pids, "utf8").trim().split("\n") : [];
  }

  function running(): string[] {
    assert.equal(started().length, 2);
    return started().filter((pid) => existsSync(`/proc/${pid}`));
  }
});
