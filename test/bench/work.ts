import type { Variant } from "./fleet";
import type { Tool } from "./tool";

/** A kind of work, and what changes in the inputs for it. */
export interface Work {
  readonly name: string;
  readonly variant: Variant;
  /** The hosts are bare before it. */
  readonly isFirst: boolean;
}

/** All there are, by the names that `--work` takes. */
export const WORKS: readonly Work[] = [
  { name: "first converge", variant: "base", isFirst: true },
  { name: "no change", variant: "base", isFirst: false },
  { name: "one rule", variant: "rule", isFirst: false },
  { name: "one user", variant: "user", isFirst: false },
  { name: "certificate renewed", variant: "certificate", isFirst: false },
];

/** Whether a tool has a part in a work: one that only looks, in nothing but "no change". */
export function takesPart({ isReadOnly = false }: Tool, { variant, isFirst }: Work): boolean {
  return !isReadOnly || (variant === "base" && !isFirst);
}
