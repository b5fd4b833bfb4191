import { createHash } from "node:crypto";

/** Numbers that look random and are the same for the same seed. */
export class Random {
  private drawn = 0;

  constructor(private readonly seed: string) {}

  /** From 0 up to 1, without 1. */
  fraction(): number {
    this.drawn += 1;
    const digest = createHash("sha256").update(`${this.seed} ${this.drawn}`).digest();
    return digest.readUIntBE(0, 6) / 2 ** 48;
  }

  /** One of the choices, each as often as its weight says. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T {
    const choices = Object.entries(weights) as [T, number][];
    let rest = this.fraction() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    const found = choices.find(([, weight]) => (rest -= weight) < 0) ?? choices.at(-1);
    if (found === undefined) throw new Error("nothing to choose from");
    return found[0];
  }

  pick<T extends string>(choices: readonly T[]): T {
    return this.weighted(Object.fromEntries(choices.map((it) => [it, 1])) as Record<T, number>);
  }
}
