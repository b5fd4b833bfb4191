import type { Unsynced } from "../lab";
import { type Configuration, CONFIGURATIONS, type Situation } from "./configurations";
import { Random } from "./random";
import { type Step, STEPS } from "./transaction";

/** How SSH goes: its client is killed; the network is gone and the host does not hear of it; the host hears that it is. */
const DROPS = ["killed", "silence", "reset"] as const;
export type Interruption = "cut" | (typeof DROPS)[number];

/** What is done in one round. It follows from the seed and the round's number alone. */
export interface Plan {
  readonly round: number;
  readonly interruption: Interruption;
  readonly from: Situation;
  readonly goal: Configuration;
  /** What is deployed afterwards: the same again or, for who has second thoughts, what was there before. */
  readonly next: Configuration;
  /** When: this far into a step, into the whole, or into the sending of the payload. */
  readonly during: Step | "whole" | "sending";
  readonly fraction: number;
  /** Of a power cut. */
  readonly unsynced: Unsynced;
  /** Whether the next deployment waits for what may still run on the host. */
  readonly isPatient: boolean;
}

/** The plans for one host of several, one after the other: each starts where the one before ended, or on a bare host. */
export function plansFor(
  host: number,
  { seed, rounds, hosts }: { seed: string; rounds: number; hosts: number },
): Plan[] {
  const plans: Plan[] = [];
  for (let round = host; round < rounds; round += hosts) {
    // Cuts and drops take turns on each host too.
    const isCut = (round + Math.floor(round / hosts)) % 2 === 0;
    plans.push(planOf(round, isCut, plans.at(-1)?.next ?? "c", new Random(`${seed} ${round}`)));
  }
  return plans;
}

function planOf(round: number, isCut: boolean, current: Configuration, random: Random): Plan {
  const from = random.fraction() < 0.15 ? "none" : current;
  const goal = random.pick(CONFIGURATIONS.filter((name) => name !== from));
  const interruption = isCut ? "cut" : random.pick(DROPS);
  const when = random.weighted({
    whole: 0.4,
    staging: 0.1,
    committing: 0.2,
    activating: 0.2,
    sending: isCut ? 0 : 0.1,
  });
  return {
    round,
    interruption,
    from,
    goal,
    next: from !== "none" && random.fraction() < 0.25 ? from : goal,
    during: when,
    fraction: random.fraction(),
    unsynced: random.weighted({ lost: 0.45, torn: 0.45, kept: 0.1 }),
    isPatient: random.fraction() < 0.5,
  };
}

/** For people who look into a round that failed. */
export function describePlan({
  round,
  interruption,
  from,
  goal,
  next,
  during,
  fraction,
  unsynced,
  isPatient,
}: Plan): string {
  const how =
    interruption === "cut" ? `power cut, unsynced ${unsynced}` : `SSH ${interruption}${isPatient ? ", patient" : ""}`;
  return `round ${round}: ${how}, ${from} -> ${goal} (then ${next}) at ${fraction.toFixed(3)} of ${during}`;
}

/** The step an instant is in, and how far into it. */
export function instantOf(
  { during, fraction }: Plan,
  lasts: Readonly<Record<Step, number>>,
): { step: Step; offset: number } {
  if (during !== "whole")
    return during === "sending" ? { step: "staging", offset: 0 } : { step: during, offset: fraction * lasts[during] };
  let offset = fraction * STEPS.reduce((sum, step) => sum + lasts[step], 0);
  const step = STEPS.find((it) => (offset < lasts[it] ? true : ((offset -= lasts[it]), false))) ?? "activating";
  return { step, offset };
}
