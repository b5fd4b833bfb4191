// `npm run chaos`: interrupts deployments at random instants, for as long as you like.
import { parseArgs } from "node:util";

import { campaign } from "./campaign";
import { Field } from "./field";

const OPTIONS = {
  rounds: { type: "string", default: "200" },
  hosts: { type: "string", default: "4" },
  seed: { type: "string", default: String(Date.now()) },
  /** One round alone, to look into it. */
  only: { type: "string" },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const { seed } = values;
  const [rounds, hosts] = [whole("rounds", values.rounds), whole("hosts", values.hosts)];
  const only = values.only === undefined ? undefined : whole("only", values.only);
  console.log(`chaos: --rounds ${rounds} --seed ${seed} --hosts ${hosts}; one round of it alone: --only ROUND`);
  await using field = await Field.prepare(hosts);
  const started = Date.now();
  const tally = await campaign(field.victims, { seed, rounds, only, onFailure: console.log });
  console.log(tally.summary());
  console.log(`${tally.failures.length} failed, ${Math.round((Date.now() - started) / 1000)} s`);
  process.exitCode = tally.failures.length === 0 ? 0 : 1;
}

function whole(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name}: expected a whole number, got "${text}"`);
  return Number(text);
}

main().catch((error: unknown) => {
  console.error(`chaos: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
});
