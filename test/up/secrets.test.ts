import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Lab, type LabHost } from "../lab";
import type { Spec } from "./program/spec";
import { asRoot } from "./support/host";
import { HostSearch } from "./support/hostSearch";
import { foundIn, keyNeedle, type Needle, passwordNeedle } from "./support/needles";
import { CommandLines } from "./support/processes";
import { piOf, Stack } from "./support/stack";

const GIVEN = "Hx4-meadow-copper-violin";
const CONFIGURED = "Bd9-signal-walnut-orbit";

/** Put where secrets must not be, so that a search that finds nothing else is known to search. */
const planted = passwordNeedle("planted", `planted-${randomBytes(12).toString("hex")}`);

const PLANTED_HITS = [
  "file:/etc/planted planted",
  "file:/home/pi/planted planted",
  "file:/root/planted planted",
  "file:/run/planted planted",
  "file:/tmp/planted planted",
  "file:/var/log/planted planted",
  "journal planted",
  "process planted",
  "readable:/etc/planted planted",
  "readable:/home/pi/planted planted",
  "readable:/run/planted planted",
  "readable:/tmp/planted planted",
  "readable:/var/log/planted planted",
];

/** One of everything: the search comes after an update that worked, one that did not, and one that changed a password. */
describe("secrets", function () {
  this.timeout(180_000);
  let lab: Lab;
  let host: LabHost;
  let stack: Stack;
  let lines: CommandLines;
  let onHost: HostSearch;
  /** What may be in the broker's own files, and nowhere else. */
  let brokerNeedles: Needle[];
  /** What must not be on the Pi at all. */
  let foreignNeedles: Needle[];

  before(async () => {
    lab = await Lab.start([{ name: "pi", suite: "bookworm" }]);
    host = lab.host("pi");
    stack = new Stack();
    lines = new CommandLines();
    onHost = await HostSearch.start(host);
    const spec: Spec = {
      hosts: { pi: piOf(host) },
      users: {
        generated: {},
        given: { password: GIVEN, iterations: 101 },
        configured: { passwordConfig: "password", iterations: 101 },
        card: { certificate: true },
      },
      rules: [{ everyone: true, access: "readwrite", topic: "devices/%u/#" }],
      broker: { hostnames: ["mqtt-pi.local"], listeners: { tls: {}, mutualTls: {}, websockets: {} } },
    };
    // What only the Pi's own mosquitto refuses.
    const settings = { log_facility: 99 };
    await stack.project.setConfig("password", CONFIGURED, { secret: true });
    await stack.preview(spec, { diff: true });
    await stack.up(spec);
    await stack.upFails({ ...spec, broker: { ...spec.broker, settings } });
    await stack.preview({ ...spec, broker: { ...spec.broker, settings } }, { diff: true });
    await plant();
    foreignNeedles = await needlesOfStack();
    brokerNeedles = [
      keyNeedle("server key", await host.readFile("/etc/mosquitto/current/certs/server.key")),
      passwordNeedle("canary", (await host.readFile("/etc/mosquitto/current/canary")).trim().split("\n")[1] ?? ""),
    ];
  });

  after(async () => {
    lines[Symbol.dispose]();
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  it("looks for what is really there: all but the canary's password stand in the state when it is shown in plain", async () => {
    const { code, stdout } = await stack.project.pulumi(["stack", "export", "--show-secrets"]);
    assert.equal(code, 0);
    const [serverKey] = brokerNeedles;
    assert.ok(serverKey);
    const needles = [...foreignNeedles, serverKey];
    assert.deepEqual(
      foundIn(stdout, needles),
      needles.map(({ name }) => name),
    );
    assert.deepEqual(
      foundIn(Buffer.from(`x${stdout}`).toString("base64"), needles),
      needles.map(({ name }) => name),
    );
  });

  it("are not in the state and configuration on disk", () => {
    const folder = join(stack.folder, "backend");
    assert.deepEqual(inFolder(folder), []);
    writeFileSync(join(folder, "planted"), planted.text);
    assert.deepEqual(inFolder(folder), ["planted"]);
    rmSync(join(folder, "planted"));
  });

  it("are not in what preview, preview --diff, up and a failed up print", () => {
    assert.match(stack.printed, /mosquitto does not start with the new configuration/);
    assert.match(stack.printed, /create: \(create\)|\+ command:remote:Command/);
    assert.deepEqual(foundIn(stack.printed, all()), []);
    assert.deepEqual(foundIn(`${stack.printed}${planted.text}`, all()), ["planted"]);
  });

  it("are not in the command line of any process here", () => {
    assert.match(lines.text, /pulumi up --yes/);
    assert.deepEqual(foundIn(lines.text, all()), ["planted"]);
  });

  it("are on the Pi only where the broker needs them, and those of others not at all", async () => {
    await onHost.stop();
    const hits = await onHost.find(all());
    const generation = await asRoot(host, "readlink /etc/mosquitto/current");
    const spare = "/var/lib/pulumi-mosquitto-pi/mosquitto/spare";
    const places = [`/etc/mosquitto/${generation}`, generation.replace("generations", spare)];
    const needed = places.flatMap((place) => [
      `file:${place}/canary canary`,
      `file:${place}/certs/server.key server key`,
    ]);
    assert.deepEqual(hits, [...needed, ...PLANTED_HITS].sort());
    assert.equal(await asRoot(host, `stat -c '%a %U:%G' ${spare}`), "700 root:root");
    const modes = `cd /etc/mosquitto/${generation} && stat -c '%n %a %U:%G' canary certs/server.key passwd acl`;
    assert.equal(
      await asRoot(host, modes),
      "canary 600 root:root\ncerts/server.key 640 root:mosquitto\npasswd 600 mosquitto:mosquitto\nacl 600 mosquitto:mosquitto",
    );
  });

  it("are gone from the Pi after destroy, which does not print them either", async () => {
    await stack.destroy();
    assert.match(stack.printed, /command:remote:Command pi-broker-state deleted/);
    assert.deepEqual(foundIn(stack.printed, all()), []);
    assert.deepEqual(await onHost.find(all()), PLANTED_HITS);
  });

  const all = (): Needle[] => [...foreignNeedles, ...brokerNeedles, planted];

  async function needlesOfStack(): Promise<Needle[]> {
    const { passwords, certificates } = await stack.outputs();
    const { stdout } = await stack.project.pulumi(["stack", "export", "--show-secrets"]);
    const { resources = [] } = (JSON.parse(stdout) as { deployment: { resources?: StateResource[] } }).deployment;
    const output = (name: string, key: string): string => {
      const found = resources.find(({ urn }) => urn.endsWith(`::${name}`))?.outputs?.[key];
      assert.ok(found, `${name}.${key}`);
      return JSON.parse(found.plaintext) as string;
    };
    return [
      passwordNeedle("given password", GIVEN),
      passwordNeedle("configured password", CONFIGURED),
      passwordNeedle("generated password", passwords["generated"] ?? ""),
      keyNeedle("canary seed", output("pi-broker-canary", "privateKeyPem")),
      keyNeedle("authority's key", output("ca-key", "privateKeyPem")),
      keyNeedle("client's key", certificates["card"]?.privateKeyPem ?? ""),
      keyNeedle("login key", host.privateKey),
    ];
  }

  async function plant(): Promise<void> {
    const { text } = planted;
    for (const folder of ["/etc", "/home/pi", "/run", "/tmp", "/var/log"])
      await asRoot(host, `cat >${folder}/planted && chmod 0644 ${folder}/planted`, text);
    await asRoot(host, "umask 077; cat >/root/planted", text);
    await asRoot(host, `logger ${text}; PLANTED=${text} sh -c 'sleep 0.5'`);
    await new Promise((resolve) => spawn("sh", ["-c", "sleep 0.5", text]).on("close", resolve));
  }

  function inFolder(folder: string): string[] {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.ok(files.some(({ name }) => name === "test.json"));
    return files.flatMap(({ parentPath, name }) => foundIn(readFileSync(join(parentPath, name), "utf8"), all()));
  }
});

interface StateResource {
  readonly urn: string;
  readonly outputs?: Readonly<Record<string, { readonly plaintext: string }>>;
}
