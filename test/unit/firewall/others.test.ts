import assert from "node:assert/strict";

import { keptRules, remarks } from "../../../sdk/firewall/others";
import { NOTHING } from "../../../sdk/host/look/observation";
import { parseReport } from "../../../sdk/host/report";

describe("rules of others", () => {
  it("are in the report of a host", () => {
    const report = [
      "suite trixie\ngeneration 0001-0123456789ab\nactivation reload",
      "fact ssh 22",
      "fact other allow 80/tcp kept",
      "fact other deny OpenSSH from 10.0.0.9 kept\n",
    ];
    assert.deepEqual(keptRules(parseReport(report.join("\n")).facts), ["allow 80/tcp", "deny OpenSSH from 10.0.0.9"]);
    assert.deepEqual(keptRules({ ssh: "22" }), []);
  });

  it("are told in each preview where there are some", () => {
    assert.deepEqual(remarks(NOTHING), []);
    assert.deepEqual(remarks({ ...NOTHING, facts: { others: "allow 80/tcp; deny 81" } }), [
      "rules of others, which stay: allow 80/tcp; deny 81",
    ]);
  });
});
