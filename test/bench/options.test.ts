import assert from "node:assert/strict";
import { join } from "node:path";

import { repository } from "../support/markdown";
import { run } from "../support/run";
import { HELP, readOptions } from "./options";
import { markdown, median, type Result, text } from "./report";

describe("the benchmark's command line", () => {
  it("knows what to measure", () => {
    const options = readOptions(["--hosts", "4", "--users", "10,1000", "--work", "one rule", "--runs", "3", "--json"]);
    assert.deepEqual(
      { ...options, works: options?.works.map(({ name }) => name) },
      { hosts: [4], users: [10, 1000], works: ["one rule"], runs: 3, isPair: false, format: "json" },
    );
    const quick = readOptions(["--quick", "--runs", "2", "--pair"]);
    assert.deepEqual(
      { ...quick, works: quick?.works.map(({ name }) => name) },
      { hosts: [1], users: [10], works: ["no change", "one rule"], runs: 2, isPair: true, format: "text" },
    );
    assert.equal(readOptions([])?.works.length, 5);
  });

  for (const [args, told] of [
    [["--hosts", "0"], /^--hosts: expected whole numbers from 1 to 20 with commas between, got "0"$/],
    [["--hosts", "4x"], /--hosts: expected .*, got "4x"/],
    [["--users", "1001"], /--users: expected whole numbers from 1 to 1000 .*, got "1001"/],
    [["--runs", "1,2"], /--runs: expected one number, got "1,2"; say --runs 5/],
    [["--work", "nothing"], /--work: expected one of "first converge", "no change", .*, got "nothing"/],
    [["--json", "--markdown"], /expected one of them, got both; leave one away/],
    [["--speed"], /Unknown option '--speed'/],
    [["fast"], /Unexpected argument 'fast'/],
  ] as const)
    it(`refuses ${args.join(" ")}`, () => {
      assert.throws(() => readOptions(args), { message: told });
    });

  it("prints help and sets nothing up for it", async () => {
    const bench = (...args: string[]) => run("bash", [join(repository, "test/bench/bench.sh"), ...args]);
    const { code, stdout } = await bench("--help");
    assert.deepEqual([code, stdout.trim()], [0, HELP.trim()]);
  });
});

describe("the benchmark's results", () => {
  const figures = { seconds: 2, logins: 1, commands: 1, bytesSent: 1000, bytesReceived: 500, cpuSeconds: 0.1 };
  const result: Result = {
    work: "no change",
    hosts: 4,
    users: 10,
    runs: 3,
    ratio: 9.5,
    ratioFilesOnly: 7,
    tools: { ours: figures, Ansible: { ...figures, seconds: 19 } },
  };

  it("are medians", () => {
    assert.deepEqual([median([3, 1, 2]), median([4, 1, 3, 2]), median([5])], [2, 2.5, 5]);
  });

  it("are told in words and as tables", () => {
    assert.match(
      text(result),
      /^no change, 4 hosts, 10 users and rules: Ansible takes 9\.5 times as long as ours, 7\.0 times with files only\n/,
    );
    assert.match(markdown([result]), /^\| no change +\| 4 +\| 10 +\| 2\.0 +\| 19\.0 +\| 9\.5x +\| 7\.0x +\|$/m);
    assert.match(
      markdown([result]),
      /^\| no change +\| 4 +\| 10 +\| ours +\| 1 +\| 1 +\| 1\.0 +\| 0\.5 +\| 0\.10 +\|$/m,
    );
  });
});
