import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { PulumiProject } from "../engine/engine";
import { Lab, type LabHost } from "../lab";
import { newKey } from "../support/providers";
import { temporaryFolder } from "../support/temporaryFolder";
import type { LookSpec } from "./lookProgram";
import type { Spec } from "./program/spec";
import { shadowed } from "./support/faults";
import { asRoot, logins } from "./support/host";
import { said } from "./support/said";
import { piOf, Stack } from "./support/stack";

describe("a look at a host", function () {
  this.timeout(180_000);
  let lab: Lab;
  let pi: LabHost;
  let cellar: LabHost;
  let spec: Spec;
  const stack = new Stack();
  const folder = temporaryFolder("look");

  before(async () => {
    lab = await Lab.start([
      { name: "pi", suite: "trixie" },
      { name: "cellar", suite: "bookworm" },
    ]);
    [pi, cellar] = [lab.host("pi"), lab.host("cellar")];
    spec = {
      hosts: { pi: piOf(pi), cellar: piOf(cellar) },
      users: { sensor: {} },
      rules: [{ user: "sensor", access: "write", topic: "home/temperature" }],
      broker: { hostnames: ["mqtt-pi.local"] },
    };
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    folder.remove();
    await lab.stop();
  });

  const observe = (mode: string): Promise<void> => stack.project.setConfig("mosquitto-pi:observe", mode);
  const changed = (): Spec => ({ ...spec, rules: [{ user: "sensor", access: "write", topic: "home/+" }] });
  const away = (): RegExp =>
    new RegExp(`${pi.ip} could not be looked at: ${pi.ip}:22: expected an SSH server, got .*; is it on`);

  it("is one login for all that is deployed to a host, however it is written", async () => {
    const specFile = join(folder.path, "look.json");
    const program = new PulumiProject({
      dir: join(__dirname, "lookProgram"),
      backendDir: join(folder.path, "backend"),
      env: { UP_SPEC: specFile, PULUMI_NODEJS_TRANSPILE_ONLY: "true" },
    });
    for (const isPlain of [true, false]) {
      const look: LookSpec = { host: piOf(pi), isPlain };
      writeFileSync(specFile, JSON.stringify(look), { mode: 0o600 });
      const before = await logins(pi);
      const { code, stdout } = await program.preview();
      assert.equal(code, 0, stdout);
      // One is that of `logins` itself.
      assert.equal(await logins(pi), before + 2, `plain: ${isPlain}`);
      for (const name of ["one", "two"])
        assert.match(
          said(stdout, name).join("\n"),
          new RegExp(`^plan for ${isPlain ? pi.ip : `shared \\(${pi.ip}\\)`}: `, "m"),
          stdout,
        );
    }
  });

  it("that is switched on finds that the host was never asked to be looked at, and nothing else", async () => {
    await observe("off");
    await stack.up(spec);
    await stack.preview(spec, { expectNoChanges: true });
    await observe("require");
    await stack.preview(spec, { expectNoChanges: true });
  });

  it("that is not to be had is a warning; what is known of other hosts is told, and it never passes for no change", async () => {
    await observe("warn");
    await pi.cut();
    const printed = await stack.preview(changed());
    const [first = "", second = "", ...rest] = said(printed, "pi-broker");
    assert.match(first, away());
    assert.match(second, /^ *What would change there is not known; `pulumi up` will fail as long as it is away\.$/);
    assert.deepEqual(rest, []);
    assert.match(said(printed, "cellar-broker")[0] ?? "", /^plan for cellar \(.*\): 1 file changes/);
    assert.match(printed, /^ +warning: /m);

    const { code, stdout } = await stack.tryPreview(spec, { expectNoChanges: true });
    assert.notEqual(code, 0, stdout);
    assert.match(stdout, /pi-broker-state update \[diff: ~stdin\]/);
    assert.doesNotMatch(stdout, /cellar-broker-state/);
  });

  it("that is required is a mistake where it is not to be had", async () => {
    await observe("require");
    const { code, stdout } = await stack.tryPreview(spec);
    assert.notEqual(code, 0, stdout);
    assert.match(stdout, /^ +error: /m);
    assert.match(stdout, away());
  });

  it("leaves it to `up` to fail at the host that is away, while it goes on with others", async () => {
    await observe("warn");
    const printed = await stack.upFails(changed());
    assert.match(printed, new RegExp(`pi-broker-state.*\\*\\*creating failed|pi-broker-state .*updating failed`));
    assert.match(printed, /cellar-broker-state updated/);
    await pi.boot();
    assert.match(await stack.preview(changed()), /plan for pi \(.*\): 1 file changes/);
    await stack.up(changed());
    await stack.preview(changed(), { expectNoChanges: true });
  });

  it("at a host that `up` would refuse is a mistake, in the words in which `up` does refuse it", async () => {
    await observe("warn");
    await using other = new Stack();
    const strange: Spec = { ...spec, hosts: { attic: piOf(pi), cellar: { ...piOf(cellar), suite: "trixie" } } };
    const { code, stdout } = await other.tryPreview(strange);
    assert.notEqual(code, 0, stdout);
    const refused = await other.upFails(strange);
    for (const [name, { ip }, reason] of [
      ["attic", pi, 'mosquitto on this host belongs to another Pulumi resource, "up-test/test/pi-broker"; '],
      ["cellar", cellar, 'suite: expected "trixie" on this host, got "bookworm"; '],
    ] as const) {
      const [heading, first = "", ...more] = said(stdout, `${name}-broker`);
      assert.equal(heading, `error: \`pulumi up\` would refuse ${name} (${ip}), and change nothing there`, stdout);
      assert.ok(first.trim().startsWith(reason), first);
      assert.ok(refused.includes(`error: ${first.trim()}`), `${first}\n${refused}`);
      assert.match(more.join("\n"), name === "cellar" ? /^ *mosquitto on this host belongs to [^\n]*$/ : /^$/);
    }
  });

  it("at the host of a renamed broker says so in time: an alias is enough", async () => {
    const renamed: Spec = { ...changed(), hosts: { attic: piOf(pi), cellar: piOf(cellar) } };
    const { code, stdout } = await stack.tryPreview(renamed);
    assert.notEqual(code, 0, stdout);
    assert.match(
      said(stdout, "attic-broker").join("\n"),
      /belongs to .*"up-test\/test\/pi-broker"; .* give yours an alias/,
    );
    const process = await mainPid(pi);
    const aliased = { ...renamed, formerly: { attic: "pi-broker" } };
    await stack.up(aliased);
    await stack.preview(aliased, { expectNoChanges: true });
    await stack.up({ ...changed(), formerly: { pi: "attic-broker" } });
    assert.equal(await mainPid(pi), process);
  });

  const mainPid = (host: LabHost): Promise<string> => asRoot(host, "systemctl show mosquitto.service -p MainPID");

  it("tells a clock that is wrong, in a preview and in `up`", async () => {
    const late = (act: () => Promise<string>): Promise<string> =>
      shadowed(pi, "date", `exec $real --date='1 year ago' "$@"`, act);
    for (const run of [() => stack.preview(changed()), () => stack.up(changed())]) {
      const printed = await late(run);
      const [first = "", ...rest] = said(printed, "pi-broker");
      assert.match(first, new RegExp(`^the clock of ${pi.ip} is 36[45] days behind this computer's: it says \\d{4}-`));
      assert.match(rest.join("\n"), /^ *To whichever is wrong, certificates are not valid yet, or expired\.[^\n]*$/);
      assert.deepEqual(said(printed, "cellar-broker"), []);
      assert.doesNotMatch(await run(), /the clock of/);
    }
  });

  for (const mode of ["warn", "require"])
    it(`that is not what it should be is a mistake, each with the host, what came and what to do: ${mode}`, async () => {
      await observe(mode);
      await asRoot(pi, SET_UP);
      const { connection, ...rest } = piOf(pi);
      const as = (change: object) => ({ ...rest, connection: { ...connection, ...change } }) as Spec["hosts"][string];
      const hosts = {
        ...spec.hosts,
        wrong: as({ hostKey: cellar.hostKey }),
        refused: as({ privateKey: newKey() }),
        powerless: as({ user: "carol" }),
        odd: as({ user: "dave" }),
      };
      const { code, stdout } = await stack.tryPreview({ ...spec, hosts });
      assert.notEqual(code, 0, stdout);
      const of = (name: string) => said(stdout, `${name}-broker`).join("\n");
      const start = `^error: ${pi.ip} could not be looked at: `;
      assert.match(
        of("wrong"),
        new RegExp(
          `${start}${pi.ip}:22: expected the host key SHA256:\\S+ \\(ssh-ed25519\\), got SHA256:\\S+; was its card flashed anew\\?`,
        ),
      );
      assert.match(of("refused"), new RegExp(`${start}${pi.ip}:22: expected to log in as "pi", got `));
      assert.match(
        of("powerless"),
        new RegExp(
          `${start}connection\\.user: expected root or a user whose sudo asks for no password, got "carol"; on the Pi, run: echo`,
        ),
      );
      assert.match(of("odd"), new RegExp(`${start}its answer is not whole \\(exit code 0\\)`));
      assert.match(of("cellar"), /^plan for cellar .*: 1 file changes/);
      assert.doesNotMatch(stdout, /PRIVATE KEY/);
    });
});

/** Somebody without sudo, and somebody whose shell is none. */
const SET_UP = `id carol >/dev/null 2>&1 || {
  printf '#!/bin/sh\\necho hello\\n' >/usr/local/bin/odd; chmod 0755 /usr/local/bin/odd
  useradd --create-home carol; useradd --create-home --shell /usr/local/bin/odd dave
  for name in carol dave; do cp -r /home/pi/.ssh /home/$name/; chown -R $name: /home/$name; done
}`;
