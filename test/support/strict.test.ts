import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { run } from "./run";
import { temporaryFolder } from "./temporaryFolder";

const ROOT = resolve(__dirname, "../..");

/** A check that cannot fail is worse than none. */
describe("a test run fails", () => {
  const mistakes: readonly (readonly [string, string, RegExp])[] = [
    ["for a rejection nobody awaits", "void Promise.reject(new Error('boom'));", /Uncaught Error: boom/],
    ["for one that comes after the last test", "setTimeout(() => void Promise.reject(new Error('late')), 20);", /late/],
    ["for a test that runs alone", "it['only']('alone', () => {});", /\.only` forbidden/],
  ];
  for (const [what, statement, message] of mistakes)
    it(what, async () => {
      const folder = temporaryFolder("strict");
      const file = join(folder.path, "mistake.test.ts");
      const body = statement.startsWith("it.") ? statement : `it("is green", () => { ${statement} });`;
      writeFileSync(file, `describe("a mistake", () => { ${body} });`);
      const { code, stdout, stderr } = await run(join(ROOT, "node_modules/.bin/mocha"), [file], { cwd: ROOT });
      folder.remove();
      assert.notEqual(code, 0, stdout);
      assert.match(stdout + stderr, message);
    });
});
