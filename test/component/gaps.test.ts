import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { GAP } from "../../sdk/core/gap";
import { withGaps } from "../../sdk/core/WithGaps";

const unknown = (): pulumi.Output<string> => pulumi.output(pulumi.unknown as unknown as string);

describe("a value as far as a preview knows it", () => {
  const CASES: Readonly<Record<string, readonly [value: () => unknown, known: unknown]>> = {
    "what is no Output": [() => ({ a: [1, "b", true, null] }), { a: [1, "b", true, null] }],
    "what is known": [() => ({ a: [pulumi.output("b"), Promise.resolve("c")] }), { a: ["b", "c"] }],
    "a secret": [() => [pulumi.secret("s"), pulumi.secret({ a: "t" })], ["s", { a: "t" }]],
    "what is not known": [() => unknown(), GAP],
    "what is not known in part": [
      () => ({ a: unknown(), b: "known", c: [pulumi.output("x"), unknown()], d: { e: unknown() } }),
      { a: GAP, b: "known", c: ["x", GAP], d: { e: GAP } },
    ],
    "a secret that is not known": [() => ({ a: pulumi.secret(unknown()), b: pulumi.secret("s") }), { a: GAP, b: "s" }],
    "what follows from what is not known": [
      () => [pulumi.interpolate`a/${unknown()}`, unknown().apply((it) => it.length)],
      [GAP, GAP],
    ],
    nothing: [() => ({ a: undefined, b: null }), { a: undefined, b: null }],
  };
  for (const [what, [value, known]] of Object.entries(CASES))
    it(`is right for ${what}`, async () => {
      assert.deepEqual(await withGaps(value()), known);
    });
});
