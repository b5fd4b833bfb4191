// Not in CI yet, since it fails: `pulumi refresh --clear-pending-creates` ends with 1 there. Run: npx mocha test/chaos/upInterrupted.ts
import type { Unsynced } from "../lab";
import { CONFIGURATIONS, type Situation } from "./configurations";
import { Field } from "./field";
import { Random } from "./random";
import { playUp, type Site, UP_INTERRUPTIONS, type UpInterruption } from "./upRound";

/** CHAOS_SEED plays other rounds; those of `npm run chaos` with the same seed. */
const SEED = process.env["CHAOS_SEED"] ?? "1";

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

  it("converge by what the documentation says after a real pulumi up was interrupted", async () => {
    const came = await Promise.all(field.sites.map(playAll));
    console.log(came.flat().join("\n"));
  });

  async function playAll(site: Site, i: number): Promise<string[]> {
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
});
