import assert from "node:assert/strict";

import { campaign } from "./campaign";
import { CONFIGURATIONS } from "./configurations";
import { Field } from "./field";
import { Random } from "./random";
import { playUp, type Site, UP_INTERRUPTIONS, type UpPlan } from "./upRound";

/** CHAOS_SEED plays other rounds; those of `npm run chaos` with the same seed. */
const SEED = process.env["CHAOS_SEED"] ?? "1";
const ROUNDS = 108;

describe(`deployments that are interrupted at random (seed ${SEED})`, function () {
  this.timeout(1_800_000);
  let field: Field;

  before(async () => {
    field = await Field.prepare(4);
  });

  after(async () => {
    await field[Symbol.asyncDispose]();
  });

  it("leave the old or the new configuration, whole, and the next one converges", async () => {
    const tally = await campaign(field.victims, { seed: SEED, rounds: ROUNDS });
    console.log(tally.summary());
    assert.deepEqual(tally.failures, []);
    assert.ok(tally.count(true) >= 50 && tally.count(false) >= 50);
  });

  it("converge by what the documentation says after a real pulumi up was interrupted", async () => {
    const came = await Promise.all(field.sites.map(playAll));
    console.log(came.flat().join("\n"));
  });

  async function playAll(site: Site, i: number): Promise<string[]> {
    const random = new Random(`${SEED} up ${i}`);
    const lines: string[] = [];
    let from: UpPlan["from"] = "a";
    for (const interruption of UP_INTERRUPTIONS) {
      const goal = random.pick(CONFIGURATIONS.filter((name) => name !== from));
      const plan: UpPlan = {
        interruption,
        from,
        goal,
        fraction: random.fraction(),
        unsynced: random.pick(["lost", "torn"]),
      };
      lines.push(`${site.host.suite}: ${interruption}, ${from} -> ${goal}: ${await playUp(site, plan)}`);
      from = goal;
    }
    return lines;
  }
});
