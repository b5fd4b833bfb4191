import assert from "node:assert/strict";

import type { Situation } from "./configurations";
import { instantOf, type Plan } from "./plan";
import { type Step, Transaction } from "./transaction";
import type { Victim } from "./victim";
import { Wire } from "./wire";

/** What a round has shown. */
export interface Outcome {
  /** The step that was interrupted, as far as the client had heard. */
  readonly step: Step | "done";
  /** Whether the host came out of it with the configuration before or with the new one. */
  readonly came: "old" | "new";
}

/** Interrupts a deployment, looks what has become of the host, and deploys again. @throws Error when that is not as it should be. */
export async function playRound(victim: Victim, plan: Plan): Promise<Outcome> {
  using wire = plan.interruption === "cut" ? undefined : await wireFor(victim, plan);
  const transaction = Transaction.start(victim.host, victim.payloads[plan.goal], wire);
  const step = await interrupt(victim, plan, transaction, wire);
  const seen = plan.interruption === "cut" ? await afterCut(victim) : await afterDrop(victim, plan, wire);
  const expected: readonly Situation[] = [plan.from, plan.goal];
  assert.ok(expected.includes(seen), `clients see "${seen}", which is neither the old nor the new`);
  if (plan.interruption !== "cut" && plan.isPatient && step !== "staging")
    assert.equal(seen, plan.goal, "without its client, the transaction did not go on to its end");
  await victim.deploy(plan.next);
  wire?.close();
  await victim.isWhole(plan.next);
  return { step, came: seen === plan.goal ? "new" : "old" };
}

function wireFor({ host, payloads }: Victim, { during, fraction, goal }: Plan): Promise<Wire> {
  // SSH's own part of it is about 5 kB.
  return Wire.to(host.ip, during === "sending" ? fraction * (payloads[goal].length + 5000) : Infinity);
}

async function interrupt(victim: Victim, plan: Plan, transaction: Transaction, wire?: Wire): Promise<Outcome["step"]> {
  const { step, offset } = instantOf(plan, victim.timeline(plan.goal));
  if (plan.during === "sending") await Promise.race([wire?.isFull, transaction.ended]);
  else await transaction.until(step, offset);
  const reached = transaction.step;
  if (plan.interruption === "cut") await victim.host.cut(plan.unsynced);
  if (plan.interruption === "silence") wire?.silence();
  if (plan.interruption === "reset") wire?.reset();
  transaction.kill();
  await transaction.ended;
  if (plan.interruption === "killed" && plan.during === "sending") wire?.close();
  return reached;
}

async function afterCut(victim: Victim): Promise<Situation> {
  await victim.host.boot();
  return victim.inspect();
}

/** Nobody has to wait: the broker serves one or the other at once, but for the moment that a restart takes. */
async function afterDrop(victim: Victim, { from, goal, during, isPatient }: Plan, wire?: Wire): Promise<Situation> {
  if (!isPatient) return victim.probe.lookUntil((seen) => seen === from || seen === goal);
  if (during === "sending") wire?.close();
  return victim.inspect();
}
