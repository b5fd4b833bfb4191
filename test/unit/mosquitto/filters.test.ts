import assert from "node:assert/strict";

import fc from "fast-check";

import { covers, overlaps } from "../../../sdk/mosquitto/filters";

/** MQTT 4.7: does this topic match this filter? Written apart from the code under test. */
function matches(filter: string, topic: string): boolean {
  if (topic.startsWith("$") && /^[#+]/.test(filter)) return false;
  const pattern = filter
    .split("/")
    .map((level) => (level === "+" ? "[^/]*" : level === "#" ? "#" : level.replace("$", "\\$")))
    .join("/")
    .replace(/\/#$/, "(/.*)?")
    .replace(/^#$/, ".*");
  return new RegExp(`^${pattern}$`).test(topic);
}

/** All topics of up to four levels over this alphabet; enough to tell filters of up to three levels apart. */
const TOPICS = [1, 2, 3, 4].flatMap((depth) =>
  Array.from({ length: 4 ** depth }, (_, n) =>
    Array.from({ length: depth }, (_, i) => ["a", "b", "z", "$s"][Math.floor(n / 4 ** i) % 4]).join("/"),
  ),
);

const filter = fc
  .tuple(fc.array(fc.constantFrom("a", "b", "+", "$s"), { minLength: 0, maxLength: 3 }), fc.boolean())
  .map(([levels, tail]) => (tail || levels.length === 0 ? [...levels, "#"] : levels).join("/"));

describe("two topic filters", () => {
  it("cover each other exactly when each topic of one is one of the other", () => {
    fc.assert(
      fc.property(filter, filter, (outer, inner) => {
        const all = TOPICS.filter((topic) => matches(inner, topic)).every((topic) => matches(outer, topic));
        assert.equal(covers(outer, inner), all, `${outer} covers ${inner}`);
      }),
      { numRuns: 400 },
    );
  });

  it("overlap exactly when some topic is in both", () => {
    fc.assert(
      fc.property(filter, filter, (a, b) => {
        const some = TOPICS.some((topic) => matches(a, topic) && matches(b, topic));
        assert.equal(overlaps(a, b), some, `${a} overlaps ${b}`);
      }),
      { numRuns: 400 },
    );
  });

  it("overlap where a placeholder may stand for the other's level", () => {
    assert.equal(overlaps("devices/%u/#", "devices/sensor1/status"), true);
    assert.equal(overlaps("devices/%u/#", "home/sensor1/status"), false);
  });
});
