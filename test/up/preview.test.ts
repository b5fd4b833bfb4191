import assert from "node:assert/strict";

import { Lab, type LabHost } from "../lab";
import type { Spec } from "./program/spec";
import { asRoot } from "./support/host";
import { foundIn, keyNeedle, type Needle, passwordNeedle } from "./support/needles";
import { said } from "./support/said";
import { piOf, Stack } from "./support/stack";

const OLD = "Hx4-meadow-copper-violin";
const NEW = "Bd9-signal-walnut-orbit";
const BY_HAND = "Kq7-lantern-thistle-amber";
const VAULT = "vault/compartment-7f3a";

/** Of a first deployment, files as they are told. */
const FIRST = [
  ["acl (new)", "user sensor", "topic write home/livingroom/temperature"],
  ["certs/server.crt (new)", "(known after up)"],
  ["certs/server.key (new): written (secret)"],
  ["conf.d/auth.conf (new)", "allow_anonymous false"],
  ["passwd (new)", "user sensor", "user admin", "digest of the password hashes: (known after up)"],
] as const;

/** What a preview says of each host, before anything is done. */
describe("a preview in words", function () {
  this.timeout(180_000);
  let lab: Lab;
  let hosts: readonly LabHost[];
  let base: Spec;
  /** Previews that were asked for in other formats. */
  let others = "";
  const stack = new Stack();

  before(async () => {
    lab = await Lab.start([
      { name: "pi", suite: "bookworm" },
      { name: "cellar", suite: "trixie" },
    ]);
    hosts = [lab.host("pi"), lab.host("cellar")];
    base = {
      hosts: Object.fromEntries(hosts.map((host) => [host.name, piOf(host)])),
      users: { sensor: {}, admin: { password: OLD, iterations: 101 } },
      rules: [{ user: "sensor", access: "write", topic: "home/livingroom/temperature" }],
      broker: { hostnames: ["mqtt-pi.local"], listeners: { tls: {}, websockets: {} } },
    };
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  /** What a preview says of each host in turn. */
  async function plans(change: Partial<Spec> = {}): Promise<string[][]> {
    const printed = await stack.preview({ ...base, ...change });
    return hosts.map(({ name }) => said(printed, `${name}-broker`));
  }

  const header = ({ name, ip }: LabHost, words: string): string => `plan for ${name} (${ip}): ${words}`;

  it("tells a first deployment: packages, the contents of files, secrets as such, the service", async () => {
    const all = await plans();
    hosts.forEach((host, i) => {
      const [line = "", ...rest] = all[i] ?? [];
      const start = header(
        host,
        "nothing of ours is there yet (a new or newly flashed Pi): installs mosquitto, mosquitto-clients",
      );
      assert.ok(line.startsWith(start), line);
      const files = rest.filter((it) => /^ {2}\S/.test(it));
      assert.ok(line.endsWith(`, then writes ${files.length} files, then mosquitto is started`), line);
      const text = rest.join("\n");
      for (const [path, ...content] of FIRST)
        assert.ok(text.includes([`  ${path}`, ...content.map((it) => `    + ${it}`)].join("\n")), `${path}:\n${text}`);
      assert.ok(!files.some((it) => /canary|plan|\.sh/.test(it)), text);
    });
  });

  it("tells what somebody has configured before us, and that it is set aside", async () => {
    const mine = "/etc/mosquitto/conf.d/mine.conf";
    const put = `mkdir -p ${mine.replace(/\/[^/]*$/, "")} && echo 'remote_password ${BY_HAND}' >${mine}`;
    for (const host of hosts) await asRoot(host, put);
    const all = await plans();
    hosts.forEach((host, i) => {
      const [line = "", first] = all[i] ?? [];
      const start = header(host, "nothing of ours is there yet, and what is configured there is set aside: installs ");
      assert.ok(line.startsWith(start), line);
      assert.equal(first, `  ${mine} (set aside; pulumi destroy gives it back)`);
    });
    for (const host of hosts) await asRoot(host, "rm -r /etc/mosquitto");
  });

  it("tells no more of many users and rules than somebody reads", async () => {
    const rules = Array.from(
      { length: 1000 },
      (_, i) => ({ user: "sensor", access: "write", topic: `home/${i}` }) as const,
    );
    for (const lines of await plans({ rules })) {
      const acl = lines.slice(lines.indexOf("  acl (new)") + 1);
      assert.equal(acl[50], "    … and 954 more lines: 954 added, 0 removed");
      assert.match(acl[51] ?? "", /^ {2}\S/);
      assert.ok(lines.length < 200, `${lines.length} lines`);
    }
  });

  it("tells nothing when there is nothing to do", async () => {
    await stack.up(base);
    assert.deepEqual(await plans(), [[], []]);
  });

  it("tells another rule by its lines, and that it is a reload", async () => {
    const rules = [{ user: "sensor", access: "write", topic: "home/+/temperature" }] as const;
    const all = await plans({ rules });
    hosts.forEach((host, i) => {
      const [line = "", ...rest] = all[i] ?? [];
      assert.ok(line.startsWith(header(host, "1 file changes, then reload")), line);
      assert.deepEqual(rest, [
        "  acl",
        "      user sensor",
        "    - topic write home/livingroom/temperature",
        "    + topic write home/+/temperature",
        "      user pulumi-canary",
      ]);
    });
  });

  it("tells a new user, of whom the password is not known yet", async () => {
    for (const [line = "", ...rest] of await plans({ users: { ...base.users, newcomer: {} } })) {
      assert.match(line, /: 1 file changes, then /);
      assert.deepEqual(
        rest.filter((it) => !it.startsWith("    - digest")),
        [
          "  passwd",
          "      user sensor",
          "      user admin",
          "    + user newcomer",
          "    + digest of the password hashes: (known after up)",
        ],
      );
    }
  });

  it("tells that passwords change, and neither passwords nor hashes", async () => {
    const users = { ...base.users, admin: { password: NEW, iterations: 101 } };
    for (const lines of await plans({ users })) {
      const digests = lines.filter((line) => /^ {4}[-+] digest of the password hashes: [0-9a-f]{16}$/.test(line));
      assert.equal(new Set(digests).size, 2, lines.join("\n"));
      assert.ok(lines.includes("  passwd"));
    }
  });

  it("tells a listener that goes, and that this takes a restart", async () => {
    for (const [line = "", ...rest] of await plans({ broker: { ...base.broker, listeners: { tls: {} } } })) {
      assert.match(line, /: 1 file changes, then restart \(.*websockets\.conf.*\)/);
      assert.equal(rest[0], "  conf.d/websockets.conf (goes away)");
      assert.ok(
        rest.includes("    - listener 9001") && rest.every((it) => /^ {2}(conf| {2}- )/.test(it)),
        rest.join("\n"),
      );
    }
  });

  it("tells a certificate that is to be issued anew, as far as it is known", async () => {
    for (const lines of await plans({ broker: { ...base.broker, hostnames: ["mqtt-pi.local", "mqtt.example.org"] } })) {
      const all = lines.join("\n");
      assert.match(
        all,
        /^ {4}- certificate .*CN=mqtt-pi\.local.*\n {4}- valid .* GMT to .* GMT\n {4}- SHA-256 [0-9A-F:]{95}$/m,
      );
      assert.match(all, /^ {2}certs\/server\.crt$/m);
      assert.match(all, /^ {4}\+ \(known after up\)$/m);
    }
  });

  it("hides what somebody wrote into a file by hand and what looks like a secret", async () => {
    const live = "/etc/mosquitto/current/mosquitto.conf";
    for (const host of hosts)
      await asRoot(host, `printf 'connection bridge\\nremote_password ${BY_HAND}\\n' >>${live}`);
    for (const lines of await plans()) {
      const all = lines.join("\n");
      assert.match(all, /drift on \w+ \(.*\): 1 thing not as deployed/);
      assert.match(all, /^ {4}- connection bridge\n {4}- remote_password \[hidden\]$/m);
    }
    for (const host of hosts) await asRoot(host, `sed -i '/^connection/,$d' ${live}`);
    assert.deepEqual(await plans(), [[], []]);
  });

  it("stands whatever a file is called: nothing that a terminal or Pulumi's own CLI would act upon", async () => {
    const folder = "/etc/mosquitto/current/conf.d";
    for (const host of hosts) await asRoot(host, `: >"$(printf '${folder}/0\\033[2J<{%%nosuch%%}>.conf')"`);
    for (const lines of await plans()) {
      const path = "conf.d/0?[2J<{ %nosuch%}>.conf";
      assert.equal(lines[1], `  /etc/mosquitto/current/${path} is not ours`);
      assert.ok(
        lines.some((line) => line.includes(`then restart (a change of ${path})`)),
        lines.join("\n"),
      );
      assert.ok(lines.includes(`  ${path} (goes away)`));
    }
    for (const host of hosts) await asRoot(host, `rm ${folder}/0*`);
    assert.deepEqual(await plans(), [[], []]);
  });

  it("shows no file where somebody has made something secret that is in it, not even after it is gone", async () => {
    const secret = { ...base, secretRules: [{ user: "sensor", access: "read", topic: VAULT }] } as const;
    const hidden = (lines: string[]) => {
      assert.match(lines[0] ?? "", /1 file changes, then /);
      assert.deepEqual(lines.slice(1), ["  acl: changes (secret)"]);
    };
    for (const lines of await plans(secret)) hidden(lines);
    await stack.up(secret);
    assert.deepEqual(await plans(secret), [[], []]);
    for (const lines of await plans()) {
      assert.ok(lines.includes("    + topic write home/livingroom/temperature"), lines.join("\n"));
      assert.ok(lines.some((line) => line.startsWith("  acl")));
    }
  });

  it("is there in other formats, too", async () => {
    const change: Spec = {
      ...base,
      users: { sensor: {}, admin: { password: NEW, iterations: 101 }, newcomer: {} },
      secretRules: [{ user: "sensor", access: "write", topic: `${VAULT}/b` }],
      broker: { ...base.broker, hostnames: ["mqtt.example.org"] },
    };
    for (const options of [{ json: true }, { diff: true }]) {
      const printed = await stack.preview(change, options);
      for (const { name, ip } of hosts) assert.ok(printed.includes(`plan for ${name} (${ip})`), printed);
      others += printed;
    }
  });

  it("can be pasted for others to read: plain text, and no secret in it", async () => {
    const passwd = await Promise.all(hosts.map((host) => host.readFile("/etc/mosquitto/current/passwd")));
    const canaries = await Promise.all(hosts.map((host) => host.readFile("/etc/mosquitto/current/canary")));
    const keys = await Promise.all(hosts.map((host) => host.readFile("/etc/mosquitto/current/certs/server.key")));
    const { passwords } = await stack.outputs();
    const needles: Needle[] = [
      ...[OLD, NEW, BY_HAND, VAULT, passwords["sensor"] ?? ""].map((text) => passwordNeedle(text, text)),
      ...passwd
        .flatMap((text) => text.trim().split("\n"))
        .map((line) => passwordNeedle(line, line.split("$").at(-1) ?? "")),
      ...canaries.map((text) => passwordNeedle("canary", text.trim().split("\n")[1] ?? "")),
      ...keys.map((text) => keyNeedle("server key", text)),
      ...hosts.map(({ privateKey }) => keyNeedle("login key", privateKey)),
    ];
    assert.ok(needles.length >= 13 && needles.every(({ text }) => text.length >= 12));
    assert.deepEqual(foundIn(stack.printed + others, needles), []);
    assert.doesNotMatch(stack.printed + others, /\$7\$|PRIVATE KEY/);
    assert.doesNotMatch(stack.printed, /(?![\n\t])\p{Cc}/u);
    assert.deepEqual(foundIn(`${stack.printed}${BY_HAND}`, needles), [BY_HAND]);
  });
});
