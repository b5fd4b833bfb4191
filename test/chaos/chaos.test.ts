import assert from "node:assert/strict";

import type { Unsynced } from "../lab";
import { campaign } from "./campaign";
import { CONFIGURATIONS, type Situation } from "./configurations";
import { Field } from "./field";
import { playInstallation } from "./packageRound";
import { Random } from "./random";
import { playUp, type Site, UP_INTERRUPTIONS, type UpInterruption } from "./upRound";

/** CHAOS_SEED plays other rounds; those of `npm run chaos` with the same seed. */
const SEED = process.env["CHAOS_SEED"] ?? "1";
const ROUNDS = 108;

/** How the first deployment of each stack is interrupted. */
const FIRST: readonly UpInterruption[] = ["Ctrl-C twice", "engine killed"];

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
    const came = await Promise.all(field.sites.map(playUps));
    console.log(came.flat().join("\n"));
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

async function playUps(site: Site, i: number): Promise<string[]> {
  const random = new Random(`${SEED} up ${i}`);
  const lines: string[] = [];
  let from: Situation = "none";
  for (const interruption of [FIRST[i] ?? "cut", ...UP_INTERRUPTIONS]) {
    const goal = random.pick(CONFIGURATIONS.filter((name) => name !== from));
    const unsynced = random.pick<Unsynced>(["lost", "torn"]);
    const came = await playUp(site, { interruption, from, goal, fraction: random.fraction(), unsynced });
    lines.push(`${site.host.suite}: ${interruption}, ${from} -> ${goal}: ${came}`);
    from = goal;
  }
  return lines;
}
