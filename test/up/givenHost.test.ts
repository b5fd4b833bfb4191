import assert from "node:assert/strict";

import { Lab, type LabHost } from "../lab";
import type { Server } from "../support/proof/session";
import type { Spec } from "./program/spec";
import { loginCode } from "./support/access";
import { asRoot, differences, footprint, logins, snapshot } from "./support/host";
import { piOf, Stack } from "./support/stack";

const HAND_MADE = `listener 1884
allow_anonymous true
`;
const HASH = `$7$101$${Buffer.alloc(12, 7).toString("base64")}$${Buffer.alloc(64, 9).toString("base64")}`;
const DEVICES = Array.from({ length: 200 }, (_, i) => `device-${i}`);

/** A host that somebody used before us, and that others want too; with as many users as there ever are. */
describe("a Pi that is in use already", function () {
  this.timeout(120_000);
  let lab: Lab;
  let host: LabHost;
  let stack: Stack;
  let spec: Spec;
  let atFirst: string;

  before(async () => {
    lab = await Lab.start([{ name: "used", suite: "bookworm" }]);
    host = lab.host("used");
    const install = "apt-get -qq install -y --no-install-recommends mosquitto";
    await asRoot(host, `{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive ${install}; } >/dev/null 2>&1`);
    await asRoot(host, "cat >/etc/mosquitto/conf.d/mine.conf", HAND_MADE);
    await asRoot(host, "systemctl restart mosquitto.service");
    atFirst = await snapshot(host);
    stack = new Stack();
    spec = {
      hosts: { used: piOf(host) },
      users: { admin: {} },
      rules: [{ user: "admin", access: "readwrite", topic: "home/#" }],
      plainUsers: DEVICES.map((username) => ({ username, passwordHash: HASH })),
      plainRules: DEVICES.map((user) => ({ user, access: "write", topic: `home/${user}/state` })),
      broker: { hostnames: ["mqtt-pi.local"] },
    };
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  it("is logged in to once to look and once per change, however many users and rules there are, and never for a RaspberryPi", async () => {
    assert.equal(await connections(() => stack.up({ ...spec, hostsOnly: true })), 0);
    let printed = "";
    // A look, and the deployment.
    assert.equal(await connections(async () => (printed = await stack.up(spec))), 2);
    assert.match(printed, /setting aside what is configured here already .*: \/etc\/mosquitto\/conf.d\/mine.conf\n/);
    assert.equal(await connections(() => stack.up(spec)), 1);
  });

  it("has one broker then: the new one", async () => {
    const { ca, passwords } = await stack.outputs();
    const server: Server = { address: host.ip, hostnames: ["mqtt-pi.local"], caPem: ca };
    assert.equal(await loginCode(server, { username: "admin", password: passwords["admin"] ?? "" }), 0);
    assert.equal(await loginCode(server, { username: "device-199", password: "not it" }), 135);
    assert.ok(!(await answers(1884)));
    assert.equal(await host.readFile("/etc/mosquitto/conf.d/mine.conf"), HAND_MADE);
  });

  it("refuses a port that another program holds, by that program's name", async () => {
    const before = await footprint(host);
    await asRoot(host, "systemd-run --quiet --unit squatter systemd-socket-activate --listen 9001 sleep 1");
    const listeners = { tls: {}, websockets: {} };
    const printed = await stack.upFails({ ...spec, broker: { ...spec.broker, listeners } });
    assert.match(
      printed,
      /listeners\.websockets\.port: expected a free port, got 9001, which "systemd-socket-?"? listens on/,
    );
    await asRoot(host, "systemctl stop squatter.service");
    assert.equal(await footprint(host), before);
  });

  it("refuses the broker of another stack", async () => {
    const before = await footprint(host);
    await using other = new Stack();
    const printed = await other.upFails({ ...spec, plainUsers: [], plainRules: [] });
    assert.match(printed, /mosquitto on this host belongs to another Pulumi resource, "up-test\/test\/used-broker"/);
    assert.equal(await footprint(host), before);
  });

  it("gets its hand-made broker back on destroy", async () => {
    assert.equal(await connections(() => stack.destroy()), 1);
    assert.deepEqual(differences(atFirst, await snapshot(host)), []);
    assert.ok(await answers(1884));
  });

  async function connections(act: () => Promise<unknown>): Promise<number> {
    const count = await logins(host);
    await act();
    // The second count is a login, too.
    return (await logins(host)) - count - 1;
  }

  async function answers(port: number): Promise<boolean> {
    return (await host.ssh(`exec 3<>/dev/tcp/127.0.0.1/${port}`)).code === 0;
  }
});
