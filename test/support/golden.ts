import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const FOLDER = join(__dirname, "../unit/golden");

/**
 * Compares a text with the reviewed file test/unit/golden/<name>. UPDATE_GOLDEN=1 writes the file instead: look at the diff
 * before you commit it. A missing file is a failure.
 */
export function matchesGolden(name: string, actual: string): void {
  const path = join(FOLDER, name);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
  }
  assert.ok(existsSync(path), `no golden file ${path}; make it with UPDATE_GOLDEN=1`);
  assert.equal(actual, readFileSync(path, "utf8"), `differs from ${path}; UPDATE_GOLDEN=1 rewrites it`);
}
