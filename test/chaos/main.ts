// `npm run chaos -- --rounds 1000 --seed 7`: interrupts deployments at random instants, as long as you like.
import { parseArgs } from "node:util";

import { campaign } from "./campaign";
import { Field } from "./field";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now()) },
    hosts: { type: "string", default: "4" },
    only: { type: "string" },
  },
});

async function main(): Promise<void> {
  const [rounds, hosts] = [Number(values.rounds), Number(values.hosts)];
  console.log(
    `chaos: --rounds ${rounds} --seed ${values.seed} --hosts ${hosts}; a failing round again, alone: --only ROUND`,
  );
  await using field = await Field.prepare(hosts);
  const started = Date.now();
  console.log("chaos: the hosts are ready");
  const only = values.only === undefined ? undefined : Number(values.only);
  const tally = await campaign(field.victims, { seed: values.seed, rounds, only, onFailure: console.log });
  console.log(`${tally.summary()}\n${tally.failures.length} failed, ${Math.round((Date.now() - started) / 1000)} s`);
  process.exitCode = tally.failures.length === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
