import { type Plan, plansFor } from "./plan";
import { playRound } from "./round";
import { Tally } from "./tally";
import type { Victim } from "./victim";

export interface CampaignOptions {
  readonly seed: string;
  readonly rounds: number;
  /** Only this round. */
  readonly only?: number | undefined;
  /** Hears of each round that failed, at once. */
  readonly onFailure?: (text: string) => void;
}

/** Plays all rounds, on all hosts at once. Seed, number of rounds and number of hosts decide what happens in each. */
export async function campaign(
  victims: readonly Victim[],
  { seed, rounds, only, onFailure }: CampaignOptions,
): Promise<Tally> {
  const tally = new Tally();
  await Promise.all(
    victims.map(async (victim, i) => {
      let current: Plan["from"] | undefined;
      for (const plan of plansFor(i, { seed, rounds, hosts: victims.length })) {
        if (only !== undefined && plan.round !== only) continue;
        try {
          if (plan.from !== current) await victim.bring(plan.from);
          tally.passed(plan, await playRound(victim, plan));
          current = plan.next;
        } catch (error) {
          tally.failed(plan, victim.host.name, error);
          onFailure?.(tally.failures.at(-1) ?? "");
          current = undefined;
        }
      }
    }),
  );
  return tally;
}
