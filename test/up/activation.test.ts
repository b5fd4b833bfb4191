import assert from "node:assert/strict";

import { Lab, type LabHost } from "../lab";
import { type Login, type Server, Session } from "../support/proof/session";
import type { Spec } from "./program/spec";
import { loginCode, mayWrite } from "./support/access";
import { asRoot, footprint, liveGeneration } from "./support/host";
import { until } from "./support/reloads";
import { piOf, Stack } from "./support/stack";

/** As Debian does it once a day, when the log has passed 100 kB. */
const ROTATE = "logrotate --force /etc/logrotate.d/mosquitto";

/** How a change becomes live: bookworm's broker keeps nothing on disk, trixie's keeps sessions. */
describe("making a change live", function () {
  this.timeout(120_000);
  let lab: Lab;
  const stacks = new Map<
    string,
    { readonly stack: Stack; spec: Spec; server: Server; passwords: Record<string, string> }
  >();

  const on = (name: string) => {
    const found = stacks.get(name);
    assert.ok(found);
    return found;
  };
  const login = (name: string, username: string): Login => ({ username, password: on(name).passwords[username] ?? "" });
  const report = async (name: string): Promise<string> =>
    (await on(name).stack.reports())[`${name}-broker-state`] ?? "";

  before(async () => {
    lab = await Lab.start([
      { name: "volatile", suite: "bookworm" },
      { name: "keeping", suite: "trixie" },
    ]);
    await Promise.all([setUp(lab.host("volatile"), false), setUp(lab.host("keeping"), true)]);
  });

  after(async () => {
    for (const { stack } of stacks.values()) await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  async function setUp(host: LabHost, enabled: boolean): Promise<void> {
    const spec: Spec = {
      hosts: { [host.name]: piOf(host) },
      users: { witness: {}, device: {}, changing: { password: "first-Tulip-91-rover", iterations: 101 } },
      rules: [
        { user: "witness", access: "readwrite", topic: "#" },
        { user: "device", access: "readwrite", topic: "orders/#" },
      ],
      broker: { hostnames: ["mqtt-pi.local"], persistence: { enabled } },
    };
    const stack = new Stack();
    stacks.set(host.name, {
      stack,
      spec,
      server: { address: host.ip, hostnames: ["mqtt-pi.local"], caPem: "" },
      passwords: {},
    });
    await stack.up(spec);
    await asRoot(host, "apt-get -qq install --yes --no-install-recommends logrotate >/dev/null 2>&1");
    const { ca, passwords } = await stack.outputs();
    stacks.set(host.name, {
      stack,
      spec,
      server: { address: host.ip, hostnames: ["mqtt-pi.local"], caPem: ca },
      passwords: { ...passwords },
    });
  }

  it("reloads for a changed rule and password: who has nothing to do with them stays connected", async () => {
    const { stack, spec, server } = on("volatile");
    const staying = await Session.open(server, login("volatile", "device"));
    const leaving = await Session.open(server, login("volatile", "changing"));
    const pid = await asRoot(lab.host("volatile"), "systemctl show mosquitto.service -p MainPID");
    assert.equal(await mayWrite(server, login("volatile", "device"), "reports/x", login("volatile", "witness")), false);
    on("volatile").spec = {
      ...spec,
      users: { ...spec.users, changing: { password: "second-Tulip-92-rover", iterations: 101 } },
      rules: [...(spec.rules ?? []), { user: "device", access: "write", topic: "reports/#" }],
    };
    await stack.up(on("volatile").spec);
    assert.match(await report("volatile"), /^activation reload$/m);
    assert.equal(await asRoot(lab.host("volatile"), "systemctl show mosquitto.service -p MainPID"), pid);
    await leaving.gone;
    assert.ok(staying.isOpen);
    // The session that was there before has the new right.
    await staying.publish("reports/x", "now allowed");
    await staying.close();
    assert.equal(await loginCode(server, login("volatile", "changing")), 135);
    assert.equal(await loginCode(server, { username: "changing", password: "second-Tulip-92-rover" }), 0);
    assert.equal(await loginCode(server, {}), 135);
  });

  it("reloads where sessions are kept, and a message that waits for an absent client comes through", async () => {
    const { stack, spec, server } = on("keeping");
    const device = { ...login("keeping", "device"), clientId: "absent", isKept: true };
    const absent = await Session.open(server, device);
    await absent.subscribe("orders/new");
    await absent.close();
    await using witness = await Session.open(server, login("keeping", "witness"));
    await witness.publish("orders/new", "waits for you");
    on("keeping").spec = {
      ...spec,
      rules: [...(spec.rules ?? []), { user: "device", access: "write", topic: "reports/#" }],
    };
    await stack.up(on("keeping").spec);
    assert.match(await report("keeping"), /^activation reload$/m);
    await using back = await Session.open(server, device);
    assert.deepEqual(await back.receiveUpTo("waits for you"), [{ topic: "orders/new", text: "waits for you" }]);
  });

  for (const name of ["volatile", "keeping"])
    it(`refuses to reload a hand-broken ACL, for whoever asks (${name})`, async () => {
      const host = lab.host(name);
      const { server } = on(name);
      const before = await footprint(host);
      const acl = await host.readFile("/etc/mosquitto/current/acl");
      await host.writeFile("/etc/mosquitto/current/acl", `${acl}topic redwrite everything\n`);
      for (const reload of ["systemctl reload mosquitto.service", ROTATE])
        assert.notEqual((await host.root(reload)).code, 0);
      const journal = await asRoot(host, "journalctl -u mosquitto.service -n 40 -o cat --no-pager");
      assert.equal(journal.match(/reload refused: .* the running one goes on unchanged/g)?.length, 2);
      assert.equal(await mayWrite(server, login(name, "device"), "forbidden/x", login(name, "witness")), false);
      assert.equal(await mayWrite(server, login(name, "device"), "orders/x", login(name, "witness")), true);
      // What it is guarded against: the signal itself opens the broker to everybody who can log in.
      await asRoot(host, "systemctl kill --signal=HUP --kill-whom=main mosquitto.service");
      await until(() => mayWrite(server, login(name, "device"), "forbidden/x", login(name, "witness")));
      await host.writeFile("/etc/mosquitto/current/acl", acl);
      await asRoot(host, ROTATE);
      await until(async () => !(await mayWrite(server, login(name, "device"), "forbidden/x", login(name, "witness"))));
      assert.match(await host.readFile("/var/log/mosquitto/mosquitto.log"), /New client connected/);
      assert.match(await footprint(host), new RegExp(/MainPID=\d+/.exec(before)?.[0] ?? "no pid"));
    });

  for (const name of ["volatile", "keeping"])
    it(`refuses to reload settings that mosquitto reads otherwise than they look (${name})`, async () => {
      const host = lab.host(name);
      await asRoot(host, "mkdir /etc/mosquitto/hand; echo 'allow_anonymous true' >/etc/mosquitto/hand/x.conf");
      for (const edit of [
        "echo 'include_dir /etc/mosquitto/hand' >>mosquitto.conf",
        "echo 'allow_anonymous true' >>mosquitto.conf",
        "echo 'allow_anonymous true' >conf.d/Local.conf",
        "echo nonsense >conf.d/.zz.conf",
      ]) {
        await asRoot(host, `cd /etc/mosquitto/current/ && cp -a . /run/as-was && ${edit}`);
        assert.notEqual((await host.root("systemctl reload mosquitto.service")).code, 0, edit);
        assert.equal(await loginCode(on(name).server, {}), 135, edit);
        await asRoot(host, "cd /etc/mosquitto/current/ && rm -r conf.d && cp -a /run/as-was/. . && rm -r /run/as-was");
      }
      await asRoot(host, "rm -r /etc/mosquitto/hand; systemctl reload mosquitto.service");
    });

  it("goes back to the old configuration when the new one fails only once it is live, and on from there", async () => {
    const host = lab.host("volatile");
    const { stack, spec, server } = on("volatile");
    const before = await liveGeneration(host);
    // The trial's network has every address that is asked for; the host has not.
    const printed = await stack.upFails({
      ...spec,
      broker: { ...spec.broker, listeners: { tls: { bind: "10.255.255.1" } } },
    });
    assert.match(printed, /the new configuration failed \(see the lines above\); previous configuration restored/);
    assert.match(printed, /Cannot assign requested address/);
    assert.equal(await liveGeneration(host), before);
    assert.equal(await mayWrite(server, login("volatile", "device"), "reports/x", login("volatile", "witness")), true);
    assert.equal(
      await mayWrite(server, login("volatile", "device"), "forbidden/x", login("volatile", "witness")),
      false,
    );
    await stack.up({ ...spec, broker: { ...spec.broker, listeners: { tls: { bind: host.ip } } } });
    assert.notEqual(await liveGeneration(host), before);
    assert.equal(await loginCode(server, login("volatile", "device")), 0);
    assert.match(await asRoot(host, "ss -Hltn 'sport = :8883'"), new RegExp(` ${host.ip}:8883 `));
  });

  it("restarts for a listener that goes away, and its port is closed", async () => {
    const host = lab.host("volatile");
    const { stack, spec } = on("volatile");
    const listening = () => asRoot(host, "ss -Hltn 'sport = :9001'");
    await stack.up({ ...spec, broker: { ...spec.broker, listeners: { tls: {}, websockets: {} } } });
    assert.match(await listening(), /:9001 /);
    await stack.up({ ...spec, broker: { ...spec.broker, listeners: { tls: {} } } });
    assert.match(await report("volatile"), /^activation restart$/m);
    assert.equal(await listening(), "");
  });

  it("sets the broker up anew when its command is replaced", async () => {
    const { stack, spec, server } = on("volatile");
    const command = (await stack.project.exportState()).deployment.resources?.find(({ urn }) =>
      urn.endsWith("broker-state"),
    );
    assert.ok(command);
    await stack.up(spec, "--replace", command.urn);
    assert.equal(await loginCode(server, login("volatile", "device")), 0);
  });
});
