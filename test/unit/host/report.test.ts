import assert from "node:assert/strict";

import { parseReport } from "../../../sdk/host/report";

describe("report", () => {
  it("is read whole", () => {
    const text =
      "suite bookworm\ngeneration 0003-abc\nactivation reload\nfact mosquitto 2.0.11\nfact listening tls 8883";
    assert.deepEqual(parseReport(text), {
      suite: "bookworm",
      generation: "0003-abc",
      activation: "reload",
      facts: { mosquitto: "2.0.11", "listening tls": "8883" },
    });
  });

  it("holds nothing that Pulumi would take for a colour, nor does the refusal of it", () => {
    const text = "suite bookworm\ngeneration 0003-abc\nactivation reload\nfact mosquitto 2<{%nosuch%}>\x1b";
    assert.equal(parseReport(text).facts["mosquitto"], "2<{ %nosuch%}>?");
    assert.throws(() => parseReport("<{%nosuch%}>"), /^Error: .*: "<{ %nosuch%}>"$/);
  });

  for (const text of ["", "suite bookworm", "suite bookworm\ngeneration 1-a\nactivation sideways", "hello"])
    it(`is refused when it is ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseReport(text), /report is not whole/);
    });
});
