import assert from "node:assert/strict";

import { Lab } from "../lab";
import type { Spec } from "./program/spec";
import { asRoot, differences, snapshot } from "./support/host";
import { piOf, Stack } from "./support/stack";

describe("a first deployment that fails once it is live", function () {
  this.timeout(300_000);

  it("leaves nothing running, is mended by the next one, and destroy still gives the bare Pi back", async () => {
    const lab = await Lab.start([{ name: "pi", suite: "trixie" }]);
    const host = lab.host("pi");
    const bare = await snapshot(host);
    await using stack = new Stack();
    const spec: Spec = {
      hosts: { pi: piOf(host) },
      users: { admin: {} },
      rules: [{ user: "admin", access: "readwrite", topic: "home/#" }],
      broker: { hostnames: ["mqtt-pi.local"] },
    };
    // The trial's network has every address that is asked for; the host has not.
    const printed = await stack.upFails({
      ...spec,
      broker: { ...spec.broker, listeners: { tls: { bind: "10.255.255.1" } } },
    });
    assert.match(printed, /the new configuration failed/);
    const state =
      "systemctl is-active mosquitto.service; systemctl is-enabled mosquitto.service; ss -Hltn | grep -c ':[18]883 '; ls -d /etc/mosquitto/current";
    assert.equal((await host.root(state)).stdout, "inactive\ndisabled\n0\n");

    await stack.up(spec);
    assert.equal(
      await asRoot(host, "systemctl is-active mosquitto.service; systemctl is-enabled mosquitto.service"),
      "active\nenabled",
    );
    await stack.destroy();
    assert.deepEqual(differences(bare, await snapshot(host)), []);
    await lab.stop();
  });
});
