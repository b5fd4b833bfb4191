import assert from "node:assert/strict";

import { campaign } from "./campaign";
import { Field } from "./field";
import { playInstallation } from "./packageRound";
import { Random } from "./random";

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

  it("converge after an installation of packages was interrupted", async () => {
    const interruptions = ["cut", "killed"] as const;
    await Promise.all(
      interruptions.map((interruption, i) => {
        const victim = field.victims.at(-1 - i);
        assert.ok(victim);
        return playInstallation(victim, interruption, new Random(`${SEED} packages ${interruption}`));
      }),
    );
  });
});
