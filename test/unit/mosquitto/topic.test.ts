import assert from "node:assert/strict";

import fc from "fast-check";

import { topicAdvice, topicMistake } from "../../../sdk/mosquitto/topic";
import { oddText } from "../../support/oddText";

/** MQTT 4.7.1, level by level, written apart from the code under test. */
function isFilterBySpec(text: string): boolean {
  const levels = text.split("/");
  return (
    text.length > 0 &&
    levels.every((level, i) => !level.includes("#") || (level === "#" && i === levels.length - 1)) &&
    levels.every((level) => !level.includes("+") || level === "+")
  );
}

describe("a topic filter", () => {
  it("is right exactly when MQTT says so", () => {
    const level = fc.constantFrom("", "a", "b", "+", "#", "a+", "#b", "$SYS");
    fc.assert(
      fc.property(fc.array(level, { minLength: 1, maxLength: 5 }), (levels) => {
        const topic = levels.join("/");
        assert.equal(topicMistake(topic) === undefined, isFilterBySpec(topic), topic);
      }),
    );
  });

  it("holds nothing that an ACL file would not keep as it is", () => {
    fc.assert(
      fc.property(oddText, (text) => {
        if (topicMistake(text) !== undefined) return;
        // eslint-disable-next-line no-control-regex
        assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f]/);
        assert.equal(text, text.trim());
        assert.equal(Buffer.from(text).toString(), text);
      }),
    );
  });

  it("is mended in the error", () => {
    const mended = Object.entries({
      "home/#/temp": "home/+/temp",
      "home#": "home/#",
      "home/temp+": "home/+",
      "#/temp": "+/temp",
      " home/temp ": "home/temp",
    });
    for (const [topic, better] of mended) assert.equal(topicMistake(topic)?.fix, `did you mean "${better}"?`);
    assert.equal(topicMistake("")?.fix, 'all topics are "#"');
    assert.match(topicMistake("a".repeat(65536))?.expected ?? "", /65535 bytes/);
  });

  it("is mended to something right", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "+", "#", "a+", "#b", "c#"), { minLength: 1 }), (levels) => {
        const better = /did you mean "(.*)"\?/.exec(topicMistake(levels.join("/"))?.fix ?? "")?.[1];
        if (better !== undefined) assert.equal(topicMistake(better), undefined, better);
      }),
    );
  });

  it("gets advice where it is odd", () => {
    for (const odd of [
      "home/living room",
      "Home/x",
      "/home",
      "#",
      "$SYS/broker",
      "$share/g/x",
      "home/*",
      "home\\x",
      "$CONTROL/x",
    ])
      assert.equal(topicAdvice(odd).length > 0, true, odd);
    for (const fine of ["home/+/temperature", "devices/%u/#", "a", "+", "home/küche"])
      assert.deepEqual(topicAdvice(fine), []);
  });
});
