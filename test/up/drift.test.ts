import assert from "node:assert/strict";

import { Lab, type LabHost } from "../lab";
import type { Spec } from "./program/spec";
import { asRoot, footprint, liveGeneration, logins } from "./support/host";
import { MISHAPS } from "./support/mishaps";
import { piOf, Stack } from "./support/stack";

describe("drift", function () {
  this.timeout(120_000);
  let lab: Lab;
  let spec: Spec;
  const stack = new Stack();
  const names = ["pi", "cellar"] as const;

  before(async () => {
    lab = await Lab.start([
      { name: "pi", suite: "bookworm" },
      { name: "cellar", suite: "trixie" },
    ]);
    spec = {
      hosts: Object.fromEntries(names.map((name) => [name, piOf(lab.host(name))])),
      users: { sensor: {} },
      rules: [{ user: "sensor", access: "write", topic: "home/temperature" }],
      broker: { hostnames: ["mqtt-pi.local"], limits: { maxKeepalive: "10m" } },
    };
    await stack.up({ ...spec, rules: [] });
    await stack.up(spec);
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  const inSync = (): Promise<string> => stack.preview(spec, { expectNoChanges: true });
  const report = async (name: string): Promise<string> => (await stack.reports())[`${name}-broker-state`] ?? "";

  it("is none where nothing has happened: no difference, one login, and not a byte written on the host", async () => {
    const host = lab.host("pi");
    await asRoot(host, "touch /run/stamp; sleep 0.1");
    const before = await footprint(host);
    const seen = await logins(host);
    assert.doesNotMatch(await inSync(), /drift|plan for/);
    // One is that of `logins` itself.
    assert.equal(await logins(host), seen + 2);
    assert.equal(await footprint(host), before);
    // What sshd and systemd write of any login; and of a service that ends, with its folders in /tmp and /var/tmp.
    const logs =
      "^/(run|proc|sys|dev|tmp/systemd-private)/|^/var/log/(journal|wtmp|lastlog|btmp)|^/(run|tmp|var/tmp|dev)$";
    const written = `find / -xdev -newercm /run/stamp 2>/dev/null | grep -vE '${logs}' || :`;
    assert.equal(await asRoot(host, written), "");
    assert.match(await asRoot(host, `touch /etc/touched; ${written}; rm /etc/touched`), /\/etc\/touched/);
  });

  it("is told of the host that has it and of no other, and only that host is put right", async () => {
    const [pi, cellar] = [lab.host("pi"), lab.host("cellar")];
    const before = await footprint(cellar);
    await asRoot(pi, "systemctl stop mosquitto.service");
    const { code, stdout } = await previewWithChanges();
    assert.notEqual(code, 0);
    assert.match(stdout, new RegExp(`drift on pi \\(${pi.ip}\\): 1 thing not as deployed`));
    assert.doesNotMatch(stdout, /cellar \(/);
    assert.match(stdout, /~ +command:remote:Command pi-broker-state update \[diff: ~stdin\]/);
    assert.doesNotMatch(stdout, /cellar-broker-state/);
    await stack.up(spec);
    await inSync();
    assert.equal(await footprint(cellar), before);
  });

  it("that comes back is seen again, and preview and up agree on what to do", async () => {
    const host = lab.host("pi");
    for (let times = 0; times < 2; times += 1) {
      await asRoot(host, "systemctl stop mosquitto.service");
      assert.notEqual((await previewWithChanges()).code, 0);
      await stack.up(spec);
      await inSync();
    }
  });

  it("is not looked for when told so", async () => {
    const host = lab.host("pi");
    await stack.project.setConfig("mosquitto-pi:observe", "off");
    await stack.up(spec);
    const before = await liveGeneration(host);
    await asRoot(host, "systemctl -q disable mosquitto.service");
    const seen = await logins(host);
    await inSync();
    assert.equal(await logins(host), seen + 1);
    await stack.project.setConfig("mosquitto-pi:observe", "warn");
    assert.notEqual((await previewWithChanges()).code, 0);
    await stack.up(spec);
    await inSync();
    assert.equal(await liveGeneration(host), before);
  });

  // Each host in turn has each of them: two at a time, never the same on both.
  MISHAPS.forEach((mishap, i) => {
    const other = MISHAPS[(i + 1) % MISHAPS.length] ?? mishap;
    it(`is seen and put right: ${mishap.what} (bookworm), ${other.what} (trixie)`, async () => {
      const both = [
        [lab.host("pi"), mishap],
        [lab.host("cellar"), other],
      ] as const;
      for (const [host, { command }] of both) await asRoot(host, command);
      const { code, stdout } = await previewWithChanges();
      assert.notEqual(code, 0, stdout);
      for (const [host, { told }] of both) {
        const lines = section(stdout, host);
        for (const line of told)
          assert.ok(
            lines.some((it) => line.test(it)),
            `${String(line)} in\n${stdout}`,
          );
      }
      await stack.up(spec);
      for (const [host, { what, activation }] of both)
        assert.match(await report(host.name), new RegExp(`^activation ${activation}$`, "m"), what);
      await inSync();
    });
  });

  /** `preview --expect-no-changes`, which is expected to fail. */
  async function previewWithChanges() {
    return stack.tryPreview(spec, { expectNoChanges: true });
  }

  /** What is said of a host in the Diagnostics. */
  function section(printed: string, { name }: LabHost): string[] {
    const [, diagnostics = ""] = printed.split("\nDiagnostics:\n");
    const start = diagnostics.indexOf(`(${name}-broker):`);
    assert.ok(start >= 0, printed);
    const rest = diagnostics.slice(start);
    const end = rest.indexOf("\n  mosquitto-pi:");
    return (end < 0 ? rest : rest.slice(0, end)).split("\n");
  }

  it("is looked for in known ways only", async () => {
    await stack.project.setConfig("mosquitto-pi:observe", "sometimes");
    const { code, stdout } = await previewWithChanges();
    assert.notEqual(code, 0);
    assert.match(stdout, /mosquitto-pi:observe: expected .*"off".*"warn".*"require".*got "sometimes"/);
  });
});
