// How a preview grows with the number of Pis, as a command; see options.ts.
import assert from "node:assert/strict";

import { drifted, FleetRun, type Run, succeeded } from "./fleetRun";
import { HELP, type Options, readOptions } from "./options";

/** A line of results. */
interface Result {
  readonly work: "first up" | "preview" | "preview with drift";
  readonly hosts: number;
  readonly seconds: number;
  readonly megabytes: number;
  readonly cpuSeconds: number;
  /** By program, when all of them together took the most. */
  readonly megabytesOf: Readonly<Record<string, number>>;
  readonly cpuSecondsOf: Readonly<Record<string, number>>;
}

async function main({ hosts, log }: Options): Promise<void> {
  const results: Result[] = [];
  for (const count of hosts)
    for await (const result of measure(count, log)) {
      console.log(JSON.stringify(result));
      results.push(result);
    }
  console.log(table(results));
}

async function* measure(hosts: number, log: boolean): AsyncGenerator<Result> {
  await using fleet = await FleetRun.start(hosts, log);
  yield result("first up", hosts, await fleet.up());
  const quiet = succeeded(await fleet.preview());
  assert.deepEqual(drifted(quiet), []);
  yield result("preview", hosts, quiet);
  const edited = fleet.pis.names.filter((_, i) => i % Math.ceil(hosts / 3) === 0);
  await fleet.pis.tamper(edited);
  const loud = await fleet.preview();
  assert.notEqual(loud.output.code, 0);
  assert.deepEqual(drifted(loud), edited);
  yield result("preview with drift", hosts, loud);
}

function result(work: Result["work"], hosts: number, { seconds, megabytes, cpuSeconds, parts }: Run): Result {
  const of = (value: "megabytes" | "cpuSeconds") =>
    Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, round(part[value])]));
  return {
    work,
    hosts,
    seconds: round(seconds),
    megabytes: Math.round(megabytes),
    cpuSeconds: round(cpuSeconds),
    megabytesOf: of("megabytes"),
    cpuSecondsOf: of("cpuSeconds"),
  };
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

/** For docs/performance.md. */
function table(results: readonly Result[]): string {
  const rows = results.map(({ work, hosts, seconds, megabytes, cpuSeconds }) =>
    [work, hosts, seconds, cpuSeconds, megabytes].join(" | "),
  );
  const head = ["Work | Pis | Seconds | CPU seconds | MB", "--- | --- | --- | --- | ---"];
  return [...head, ...rows].map((row) => `| ${row} |`).join("\n");
}

function optionsOf(args: readonly string[]): Options | undefined {
  try {
    return readOptions(args);
  } catch (error) {
    console.error(
      `scale: ${error instanceof Error ? error.message : String(error)}\nscale: --help tells what there is`,
    );
    process.exit(2);
  }
}

const options = optionsOf(process.argv.slice(2));
if (options === undefined) console.log(HELP);
else
  main(options).catch((error: unknown) => {
    console.error(error instanceof Error ? `scale: ${error.message}` : error);
    process.exit(1);
  });
