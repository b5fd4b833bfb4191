// The benchmark as a command; see options.ts.
import { BenchHosts } from "./hosts";
import { ansibleTools } from "./ansibleTools";
import { makeInputs } from "./inputs";
import { Stopwatch } from "./measure";
import { HELP, type Options, readOptions } from "./options";
import { pulumiTools } from "./pulumiTools";
import { markdown, PAIR, type Result, summary, text } from "./report";
import { sshTool } from "./sshTool";
import { temporaryFolder } from "../support/temporaryFolder";

async function main(options: Options): Promise<void> {
  const results: Result[] = [];
  for (const hosts of options.hosts)
    for (const users of options.users)
      for await (const result of bench(options, hosts, users)) {
        if (options.format === "json") console.log(JSON.stringify(result));
        if (options.format === "text") console.log(text(result));
        results.push(result);
      }
  if (options.format === "markdown") console.log(markdown(results));
}

/** The results of all works, on hosts of their own. */
async function* bench({ works, runs, isPair }: Options, hosts: number, users: number): AsyncGenerator<Result> {
  // Outside of the repository: Ansible's sockets need a short path.
  const temporary = temporaryFolder("bench", "outside");
  try {
    await using lab = await BenchHosts.start(hosts, temporary.path);
    const inputs = await makeInputs(temporary.path, lab.list, users);
    const tools = [...(await pulumiTools(inputs)), ...(await ansibleTools(inputs)), sshTool(inputs)];
    const stopwatch = new Stopwatch(lab, isPair ? tools.filter(({ name }) => PAIR.includes(name)) : tools);
    for (const work of works) {
      const progress = ({ name }: { name: string }) => {
        console.error(`bench: ${hosts} hosts, ${users} users, ${work.name}: ${name}`);
      };
      yield summary({ work: work.name, hosts, users }, await stopwatch.measure(work, runs, progress));
    }
  } finally {
    temporary.remove();
  }
}

function optionsOf(args: readonly string[]): Options | undefined {
  try {
    return readOptions(args);
  } catch (error) {
    console.error(
      `bench: ${error instanceof Error ? error.message : String(error)}\nbench: --help tells what there is`,
    );
    process.exit(2);
  }
}

const options = optionsOf(process.argv.slice(2));
if (options === undefined) console.log(HELP);
else
  main(options).catch((error: unknown) => {
    console.error(error instanceof Error ? `bench: ${error.message}` : error);
    process.exit(1);
  });
