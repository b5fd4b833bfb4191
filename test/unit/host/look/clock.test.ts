import assert from "node:assert/strict";

import { clockLines } from "../../../../sdk/host/look/clock";

const NOON = Date.UTC(2026, 10, 23, 12) / 1000;
const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];

describe("a host's clock", () => {
  const told = (time: number, seconds = 2) => clockLines("pi", time, { from: NOON - seconds, to: NOON });

  it("is not worth a word when it is right, or off by what does not matter", () => {
    for (const off of [0, 1, -1, 4 * MINUTE, -4 * MINUTE]) assert.deepEqual(told(NOON + off), [], `${off} s`);
  });

  it("is not wrong since the look took its time", () => {
    for (const ago of [0, 5 * MINUTE, 20 * MINUTE]) assert.deepEqual(told(NOON - ago, 20 * MINUTE), [], `${ago} s ago`);
    assert.equal(told(NOON - 26 * MINUTE, 20 * MINUTE).length, 2);
  });

  const OFF: Readonly<Record<string, readonly [seconds: number, words: string]>> = {
    "some minutes late": [-6 * MINUTE, "5 minutes behind this computer's: it says 2026-11-23 11:54 UTC"],
    "hours late": [-3 * HOUR, "2 hours behind this computer's: it says 2026-11-23 09:00 UTC"],
    "a year late": [-365 * DAY, "364 days behind this computer's: it says 2025-11-23 12:00 UTC"],
    "in 1970": [60 - NOON, "20780 days behind this computer's: it says 1970-01-01 00:01 UTC"],
    "some minutes early": [6 * MINUTE, "6 minutes ahead of this computer's: it says 2026-11-23 12:06 UTC"],
    "days early": [3 * DAY, "3 days ahead of this computer's: it says 2026-11-26 12:00 UTC"],
  };
  for (const [what, [off, words]] of Object.entries(OFF))
    it(`is told when it is ${what}: by how much, both clocks, and what to do`, () => {
      assert.deepEqual(told(NOON + off), [
        `the clock of pi is ${words}, this one 2026-11-23 12:00 UTC`,
        "  To whichever is wrong, certificates are not valid yet, or expired. Compare them with: timedatectl",
      ]);
    });
});
