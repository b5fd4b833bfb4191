import assert from "node:assert/strict";

import fc from "fast-check";

import { visible } from "../../../sdk/core/visible";
import { oddText } from "../../support/oddText";

describe("a text for people", () => {
  it("has no control characters but for its tabs and lines, whatever is in it", () => {
    fc.assert(
      fc.property(oddText, (text) => {
        assert.doesNotMatch(visible(text).replaceAll(/[\t\n]/g, ""), /\p{C}/u);
      }),
    );
    assert.equal(visible("\x1b[2Ja\r\nb\u202ec\0\ttab"), "?[2Ja?\nb?c?\ttab");
    assert.equal(visible("acl ümläut 🍓 …"), "acl ümläut 🍓 …");
  });

  it("starts no colour of Pulumi's, in whose absence its CLI panics", () => {
    assert.equal(visible("a<{%nosuch%}>b<{%%}>c<{<{%%"), "a<{ %nosuch%}>b<{ %%}>c<{<{ %%");
    const parts = fc.array(fc.constantFrom("<", "{", "%", "}", ">", "\0", "\n", "a"), { maxLength: 12 });
    fc.assert(
      fc.property(parts, (all) => {
        assert.ok(!visible(all.join("")).includes("<{%"));
      }),
    );
  });

  it("has no lines without an end", () => {
    const [short, long] = ["x".repeat(1000), "x".repeat(1001)];
    assert.equal(visible(`${short}\n${long}\n${short}`), `${short}\n${short}…\n${short}`);
  });
});
