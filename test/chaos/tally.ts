import { describePlan, type Plan } from "./plan";
import type { Outcome } from "./round";

/** Adds up what the rounds have shown. */
export class Tally {
  readonly failures: string[] = [];
  private readonly outcomes: { readonly plan: Plan; readonly outcome: Outcome }[] = [];

  passed(plan: Plan, outcome: Outcome): void {
    this.outcomes.push({ plan, outcome });
  }

  failed(plan: Plan, where: string, error: unknown): void {
    this.failures.push(`${describePlan(plan)}, on ${where}: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** How many power cuts, or else dropped connections, a host came out of well. */
  count(isCut: boolean): number {
    return this.those(isCut).length;
  }

  /** One line for the power cuts and one for the dropped connections. */
  summary(): string {
    return [this.line("power cuts", true), this.line("dropped SSH", false)].join("\n");
  }

  private line(title: string, isCut: boolean): string {
    const those = this.those(isCut);
    const came = counted(those.map(({ outcome }) => outcome.came));
    const steps = counted(those.map(({ outcome }) => outcome.step));
    const kinds = counted(those.map(({ plan }) => (isCut ? `unsynced ${plan.unsynced}` : plan.interruption)));
    return `${title}: ${those.length} converged (${came}); while ${steps}; ${kinds}`;
  }

  private those(isCut: boolean) {
    return this.outcomes.filter(({ plan }) => (plan.interruption === "cut") === isCut);
  }
}

function counted(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([word, count]) => `${count} ${word}`)
    .join(", ");
}
