import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { run } from "./run";
import { temporaryFolder } from "./temporaryFolder";

describe("folders of tests", () => {
  it("go with the next run when theirs was killed, and only then", async () => {
    const mine = temporaryFolder("living");
    // This process's number, but another time of birth: its owner is dead.
    const dead = [dirname(mine.path), tmpdir()].map((it) => join(it, `mosquitto-pi-test-${process.pid}-1-dead-x`));
    for (const path of dead) mkdirSync(join(path, "backend"), { recursive: true });
    const program = `require("${join(__dirname, "temporaryFolder")}").temporaryFolder("next").remove();`;
    const { code, stderr } = await run(process.execPath, ["--import", "tsx", "--eval", program]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      dead.filter((path) => existsSync(path)),
      [],
    );
    assert.ok(existsSync(mine.path));
    mine.remove();
    assert.ok(!existsSync(mine.path));
  });
});
