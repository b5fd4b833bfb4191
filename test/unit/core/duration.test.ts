import assert from "node:assert/strict";

import fc from "fast-check";

import { checkDuration, parseDuration } from "../../../sdk/core/duration";
import { Field } from "../../../sdk/core/field";

const UNITS = { s: 1, m: 60, h: 3600, d: 86400, y: 31536000 };
const unit = fc.constantFrom<keyof typeof UNITS>("s", "m", "h", "d", "y");

describe("a duration", () => {
  it("means its number of units", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999 }), unit, (n, u) => {
        assert.equal(parseDuration(`${n}${u}`), n * UNITS[u]);
      }),
    );
  });

  it("is nothing but a whole number and a unit", () => {
    for (const text of ["", "1", "h", "1.5h", "-1h", "0h", "01h", "1 h", "1H", "1h30m", "1w", "1h\n"])
      assert.equal(parseDuration(text), undefined, JSON.stringify(text));
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(parseDuration(text) === undefined, !/^[1-9][0-9]{0,8}[smhdy]$/.test(text) || text.endsWith("\n"));
      }),
    );
  });

  it("is refused outside of its limits", () => {
    const read = (text: string) => {
      const field = new Field(text, "x");
      return [checkDuration(field, "1h", "2d"), field.found.length];
    };
    assert.deepEqual(read("3599s"), [undefined, 1]);
    assert.deepEqual(read("60m"), [3600, 0]);
    assert.deepEqual(read("48h"), [172800, 0]);
    assert.deepEqual(read("3d"), [undefined, 1]);
  });

  it("has an example within its limits", () => {
    for (const [min, max] of [
      ["1h", "2d"],
      ["3h", "10y"],
      ["10s", "60s"],
      ["1s", "1h"],
    ] as const) {
      const field = new Field("", "x");
      checkDuration(field, min, max);
      const example = /such as "(\w+)"$/.exec(field.found[0]?.expected ?? "")?.[1];
      const shown = new Field(example, "x");
      assert.ok(checkDuration(shown, min, max), `${min} to ${max}: ${String(example)}`);
    }
  });
});
