import { setTimeout } from "node:timers/promises";

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

/** Milliseconds for a round: none waits that long, however busy the machine is. */
const LIMIT = 300_000;

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
          tally.passed(plan, await inTime(playRound(victim, plan)));
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

async function inTime<T>(round: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const late = setTimeout(LIMIT, undefined, { signal: ended.signal }).then(() => {
    throw new Error(`not at its end after ${LIMIT / 1000} s`);
  });
  try {
    return await Promise.race([round, late]);
  } finally {
    ended.abort();
    late.catch(() => undefined);
  }
}
