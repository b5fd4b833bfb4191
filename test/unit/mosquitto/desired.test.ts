import assert from "node:assert/strict";

import { payload } from "../../../sdk/host/payload";
import { desiredState } from "../../../sdk/mosquitto/desired";
import { brokerModel } from "../../../sdk/mosquitto/model";
import { SMALL } from "../../support/brokers";
import { unpack } from "../../support/unpack";

const certificate = { certificatePem: "a", privateKeyPem: "b", caPem: "c", clientCaPem: "c" };

/** The lines of the state that a broker of this name sends. */
function stateOf(name: string): string[] {
  const desired = desiredState(brokerModel(SMALL), certificate, "seed", `project/stack/${name}`);
  return (unpack(payload(desired, () => "id")).get("state") ?? "").split("\n");
}

describe("what a broker wants of its host", () => {
  it("says whose it is", () => {
    assert.ok(stateOf("my broker-1").includes("component project/stack/my broker-1"));
  });

  it("is not changed by what its resource is called", () => {
    const rest = (name: string) => stateOf(name).filter((line) => !/^(component|digest) /.test(line));
    const odd = "y\nlink /etc/cron.d/pwn plan";
    assert.deepEqual(rest(odd), rest("broker"));
    assert.ok(stateOf(odd).includes("component project/stack/y?link /etc/cron.d/pwn plan"));
    assert.ok(stateOf("$(id)`ü\u0085").includes("component project/stack/??id????"));
  });
});
