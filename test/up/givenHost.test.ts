import assert from "node:assert/strict";

import { Lab, type LabHost } from "../lab";
import { loginCode } from "./support/access";
import { asRoot, differences, logins, snapshot } from "./support/host";
import { piOf, Stack } from "./support/stack";

const HAND_MADE = `listener 1884
allow_anonymous true
`;

/** A host that somebody used before us, and one with as many users as there ever are. */
describe("a Pi that is in use already", function () {
  this.timeout(120_000);
  let lab: Lab;
  let host: LabHost;

  before(async () => {
    lab = await Lab.start([{ name: "used", suite: "bookworm" }]);
    host = lab.host("used");
    await asRoot(
      host,
      "apt-get -qq update && apt-get -qq install -y --no-install-recommends mosquitto >/dev/null 2>&1",
    );
    await asRoot(host, "cat >/etc/mosquitto/conf.d/mine.conf", HAND_MADE);
    await asRoot(host, "systemctl restart mosquitto.service");
  });

  after(async () => {
    await lab.stop();
  });

  it("gets its hand-made broker back on destroy, and logs in once per change, however many users there are", async () => {
    const before = await snapshot(host);
    assert.ok(await answers(1884));
    await using stack = new Stack();
    const hash = `$7$101$${Buffer.alloc(12, 7).toString("base64")}$${Buffer.alloc(64, 9).toString("base64")}`;
    const names = Array.from({ length: 200 }, (_, i) => `device-${i}`);
    const spec = {
      hosts: { used: piOf(host) },
      users: { admin: {} },
      plainUsers: names.map((username) => ({ username, passwordHash: hash })),
      plainRules: names.map((user) => ({ user, access: "write", topic: `home/${user}/state` }) as const),
      broker: { hostnames: ["mqtt-pi.local"] },
    };
    const connections = async (act: () => Promise<unknown>): Promise<number> => {
      const count = await logins(host);
      await act();
      // The second count is a login, too.
      return (await logins(host)) - count - 1;
    };

    assert.equal(await connections(() => stack.up({ ...spec, hostsOnly: true })), 0);
    assert.equal(await connections(() => stack.up(spec)), 1);
    assert.equal(await connections(() => stack.up(spec)), 0);
    const { ca, passwords } = await stack.outputs();
    const server = { address: host.ip, hostnames: ["mqtt-pi.local"], caPem: ca } as const;
    assert.equal(await loginCode(server, { username: "admin", password: passwords["admin"] ?? "" }), 0);
    assert.equal(await loginCode(server, { username: "device-199", password: "not it" }), 135);
    assert.ok(!(await answers(1884)), "the broker from before us still serves");
    assert.equal(await asRoot(host, "cat /etc/mosquitto/conf.d/mine.conf"), HAND_MADE.trim());

    assert.equal(await connections(() => stack.destroy()), 1);
    assert.deepEqual(differences(before, await snapshot(host)), []);
    assert.ok(await answers(1884), "the broker from before us does not serve again");
  });

  async function answers(port: number): Promise<boolean> {
    return (await host.ssh(`exec 3<>/dev/tcp/127.0.0.1/${port}`)).code === 0;
  }
});
