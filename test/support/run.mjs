// Runs the stages one after the other, all of them even when one fails, and adds up what passed and what failed.
import { execFileSync } from "node:child_process";
import { ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { runStage, SIGNALS } from "./stage.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = (name) => join(root, "node_modules/.bin", name);
const files = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).split("\n");
const shell = files.filter((f) => f.endsWith(".sh") || f === "test/lab/lab" || f === ".ci/run");
const mocha = (...args) => ({ mocha: args });
const tests = (...folders) => files.filter((f) => f.endsWith(".test.ts") && folders.some((it) => f.startsWith(it)));

/** Three to ten minutes each. */
const LONGEST = /\/(fail2ban|osBaseline|firewall|firewallConfirm|hardened|drift)\.test/;
const longestFirst = (a, b) => LONGEST.test(b) - LONGEST.test(a);

const stages = {
  types: [bin("tsc"), "--noEmit", "-p", "."],
  lint: [bin("eslint"), "--max-warnings=0", "sdk", "examples", "test"],
  format: [bin("prettier"), "--check", "--log-level=warn", "sdk", "examples", "test", "docs", "*.{json,mjs,md}"],
  shellcheck: ["shellcheck", ...shell],
  shfmt: ["shfmt", "-i", "2", "-ci", "-d", ...shell],
  reference: [bin("typedoc"), "--options", "docs/typedoc.json", "--emit", "none"],
  unit: mocha("test/unit/**/*.test.ts"),
  component: mocha("test/component/**/*.test.ts"),
  tools: mocha("test/support/**/*.test.ts", "test/engine/**/*.test.ts"),
  contract: mocha("test/contract/**/*.test.ts"),
  lab: mocha("test/lab/**/*.test.ts"),
  // Each file boots a lab of its own: while some wait for their Pis, another works. The longest come first: else one of them runs
  // alone at the end.
  up: mocha("--parallel", "--jobs=3", ...tests("test/up/", "test/bench/").sort(longestFirst)),
  scale: mocha("test/scale/**/*.test.ts"),
  chaos: mocha("test/chaos/**/*.test.ts"),
};

/** Milliseconds. A stage that hangs must not cost the others, and what they have found, as well. */
const STAGE_LIMIT = 70 * 60_000;

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !Object.hasOwn(stages, name));
if (unknown.length > 0) {
  console.error(`no such stage: ${unknown.join(", ")}; there are ${Object.keys(stages).join(", ")}`);
  process.exit(2);
}

const counts = temporaryFile();
const total = { passed: 0, failed: 0 };
const broken = [];
for (const name of chosen.length > 0 ? chosen : Object.keys(stages)) {
  console.log(`\n=== ${name}`);
  const started = Date.now();
  const { passed, failed } = await (stages[name].mocha ? runMocha(stages[name].mocha) : runCheck(stages[name]));
  total.passed += passed;
  total.failed += failed;
  if (failed > 0) broken.push(name);
  console.log(`=== ${name}: ${passed} passed, ${failed} failed, ${Math.round((Date.now() - started) / 1000)} s`);
}
if (broken.length > 0) console.log(`\nfailed: ${broken.join(", ")}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);

async function run(command, env = {}) {
  const { code, stopped } = await runStage(command, {
    cwd: root,
    limit: STAGE_LIMIT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  if (stopped !== undefined) {
    console.error(`stopped: ${stopped}`);
    // Of tests that had no time to tidy up.
    execFileSync(join(root, "test/lab/lab"), ["gc"], { stdio: "inherit" });
  }
  if (SIGNALS.includes(stopped)) process.exit(1);
  return code === 0;
}

async function runCheck(command) {
  return (await run(command)) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

// A run that dies, runs nothing or skips something has failed, whatever it counted.
async function runMocha(args) {
  ftruncateSync(counts.descriptor);
  const ok = await run([bin("mocha"), "--reporter", "test/support/reporter.cjs", ...args], {
    MOCHA_COUNTS: counts.name,
  });
  const { passed, failed, skipped } = readCounts(counts.name);
  const bad = failed + skipped;
  if (skipped > 0) console.log(`${skipped} skipped: counted as failed`);
  return { passed, failed: bad === 0 && (!ok || passed === 0) ? 1 : bad };
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    console.log("the test run ended before it had counted");
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

// Deleted while it is open, so that not even a run that is killed leaves it behind.
function temporaryFile() {
  const folder = mkdtempSync(join(tmpdir(), "mosquitto-pi-counts-"));
  const descriptor = openSync(join(folder, "counts"), "w+");
  rmSync(folder, { recursive: true });
  return { descriptor, name: `/proc/${process.pid}/fd/${descriptor}` };
}
