import assert from "node:assert/strict";

import type { Unsynced } from "../lab";
import { type Configuration, type Situation, specOf } from "./configurations";
import { hostFiles } from "./hostFiles";
import type { Road } from "./source";
import { StartedUp } from "./startedUp";
import type { Victim } from "./victim";

/** How a real `pulumi up` is interrupted. */
export const UP_INTERRUPTIONS = ["cut", "silence", "Ctrl-C", "Ctrl-C twice", "engine killed", "runner killed"] as const;
export type UpInterruption = (typeof UP_INTERRUPTIONS)[number];

/** A stack, and what is known of its host. */
export interface Site extends Road {
  readonly victim: Victim;
}

export interface UpPlan {
  readonly interruption: UpInterruption;
  readonly from: Situation;
  readonly goal: Configuration;
  /** How far into what comes after the validation has begun. */
  readonly fraction: number;
  readonly unsynced: Unsynced;
}

/** What is printed, by which a person knows what has happened. */
const PRINTED: Readonly<Record<UpInterruption, RegExp>> = {
  cut: /error: /,
  silence: /error: /,
  "Ctrl-C": /\^C received; cancelling\. If you would like to terminate immediately, press \^C again\./,
  "Ctrl-C twice": /\^C received; terminating/,
  "engine killed": /validating/,
  "runner killed": /validating/,
};

/** Interrupts a real `pulumi up`, does what the documentation says, and looks at the host before and after. */
export async function playUp(site: Site, plan: UpPlan): Promise<"old" | "new"> {
  const { stack, victim, hosts } = site;
  const expected: readonly Situation[] = [plan.from, plan.goal];
  // The authority stays, which clients know the broker by.
  await stack.up(plan.from === "none" ? { ...specOf(plan.goal, hosts), hostsOnly: true } : specOf(plan.from, hosts));
  const probe = victim.probe.withoutCertificates();
  const before = await hostFiles(victim.host);
  const up = await StartedUp.start(stack, specOf(plan.goal, hosts));
  const { validating, committing, activating } = victim.timeline(plan.goal);
  let code: number | null;
  try {
    await up.until(/validating the new configuration/, plan.fraction * (validating + committing + activating));
    await interrupt(site, plan, up);
    code = await up.ended;
  } finally {
    up.killAll();
  }
  if (code !== 0) assert.match(up.printed, PRINTED[plan.interruption]);
  const seen = await probe.lookUntil((name) => expected.includes(name));
  const between = await hostFiles(victim.host);
  await converge(site, plan.goal, code === null);
  const after = await hostFiles(victim.host);
  const kept = between.live === before.live ? before : after;
  assert.equal(between.whole, kept.whole, "neither the old files nor the new ones");
  assert.equal(between.loaded, kept.live, "what is live on disk is not what the broker has loaded");
  assert.equal(await probe.look(), plan.goal);
  const { manifest, audit, leftovers } = after;
  assert.deepEqual({ manifest, audit, leftovers }, { manifest: after.live, audit: "", leftovers: "" });
  return seen === plan.goal ? "new" : "old";
}

/** What docs/interrupted.md says: cancel when the stack is locked, then up again; and a refresh for what is told to be pending. */
async function converge({ stack, hosts }: Site, goal: Configuration, isLocked: boolean): Promise<void> {
  if (isLocked) {
    const refused = await stack.upFails(specOf(goal, hosts));
    assert.match(refused, /error: the stack is currently locked by 1 lock\(s\)\. Either wait .* `pulumi cancel`/);
    assert.equal((await stack.project.pulumi(["cancel", "--yes"])).code, 0);
  }
  const printed = await stack.up(specOf(goal, hosts));
  if (printed.includes("interrupted while creating")) {
    const { code, stdout, stderr } = await stack.project.refresh("--clear-pending-creates");
    assert.equal(code, 0, `pulumi refresh failed:\n${stdout}${stderr}`);
  }
  const { deployment } = await stack.project.exportState();
  assert.deepEqual(deployment.pending_operations ?? [], []);
}

async function interrupt({ victim, wire }: Site, { interruption, unsynced }: UpPlan, up: StartedUp): Promise<void> {
  switch (interruption) {
    case "cut":
      await victim.host.cut(unsynced);
      await victim.host.boot();
      wire.hangUp();
      return;
    case "silence":
      wire.silence();
      wire.hangUp();
      return;
    case "Ctrl-C twice":
      up.interrupt();
      await up.until(/\^C received/);
      up.interrupt();
      return;
    case "Ctrl-C":
      up.interrupt();
      return;
    case "engine killed":
      up.killEngine();
      return;
    case "runner killed":
      up.killAll();
  }
}
