import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { revocationList } from "../../sdk/tls/crl";
import { Lab, type Suite } from "../lab";
import { type Login, type Server, Session } from "../support/proof/session";
import { type TemporaryFolder, temporaryFolder } from "../support/temporaryFolder";
import type { Spec } from "./program/spec";
import { type Outputs, piOf, Stack } from "./support/stack";

const SUITES: readonly Suite[] = ["bookworm", "trixie"];
const PAGE = resolve(__dirname, "../../docs/certificates.md");
const ROOT =
  "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=Root -keyout root.key -out root.crt 2>/dev/null";

/** As the page says: only the intermediate's key is given. */
describe("an authority whose root is kept elsewhere", function () {
  this.timeout(120_000);
  let lab: Lab;
  let folder: TemporaryFolder;
  let spec: Spec;
  let outputs: Outputs;
  /** From before there was an intermediate authority. */
  let old: Login;
  const stack = new Stack();

  before(async () => {
    folder = temporaryFolder("intermediate");
    const commands = readFileSync(PAGE, "utf8").match(/^(openssl|printf|cat) .*(intermediate|chain).*$/gm) ?? [];
    assert.equal(commands.length, 5);
    execFileSync("sh", ["-ec", [ROOT, ...commands].join("\n")], { cwd: folder.path, stdio: "pipe" });
    lab = await Lab.start(SUITES.map((suite) => ({ name: suite, suite })));
    spec = {
      hosts: Object.fromEntries(SUITES.map((suite) => [suite, piOf(lab.host(suite))])),
      authority: { certificatePem: read("root.crt"), privateKeyPem: read("root.key") },
      users: { sensor: {}, relay: { certificate: true }, keeper: { certificate: true }, lost: { certificate: true } },
      rules: [{ everyone: true, access: "write", topic: "devices/%u" }],
      broker: { hostnames: ["mqtt-pi.local"], listeners: { tls: {}, mutualTls: {} } },
    };
    await stack.up(spec);
    outputs = await stack.outputs();
    old = card("relay");
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    folder.remove();
    await lab.stop();
  });

  it("takes the place of the root itself in two steps: devices that have its certificates are not cut off unawares", async () => {
    const authority = { certificatePem: read("chain.crt"), privateKeyPem: read("intermediate.key") };
    const { broker = {} } = spec;
    assert.match(
      await stack.upFails({ ...spec, authority }),
      /authority: expected that the one which issued the certificates of clients until now is still trusted/,
    );
    for (const suite of SUITES) await visit(suite, old);
    const clientAuthority = { certificatePem: read("chain.crt") };
    spec = { ...spec, authority, broker: { ...broker, clientAuthority } };
    await stack.up(spec);
    outputs = await stack.outputs();
    for (const suite of SUITES) {
      await visit(suite, old);
      await visit(suite, card("relay"));
    }
    await stack.up({ ...spec, broker: { ...broker, abruptRotation: true } });
    spec = { ...spec, broker };
    await stack.up(spec);
    for (const suite of SUITES) await assert.rejects(visit(suite, old));
  });

  it("is accepted by clients that know the root alone, and accepts devices", async () => {
    for (const suite of SUITES) {
      await visit(suite, { username: "sensor", password: outputs.passwords["sensor"] ?? "" });
      await visit(suite, card("relay"));
      await visit(suite, card("lost"));
    }
    await stack.preview(spec, { expectNoChanges: true });
  });

  it("revokes what it has issued", async () => {
    const lost = card("lost");
    spec = { ...spec, users: { ...spec.users, lost: { certificate: true, revoked: true } } };
    await stack.up(spec);
    for (const suite of SUITES) {
      await assert.rejects(visit(suite, lost));
      await visit(suite, card("relay"));
    }
  });

  it("keeps them refused while no listener asks for certificates, and afterwards", async () => {
    const either = { certificate: true, password: true } as const;
    spec = { ...spec, users: { ...spec.users, relay: either, keeper: either } };
    await stack.up({ ...spec, broker: { ...spec.broker, listeners: { tls: {} } } });
    await stack.up(spec);
    for (const suite of SUITES) {
      await assert.rejects(visit(suite, card("lost")));
      await visit(suite, card("relay"));
    }
  });

  it("may make the list of what is revoked elsewhere: who is new on it is cut off at once, and nobody else", async () => {
    const serialOf = (name: string) =>
      new X509Certificate(outputs.certificates[name]?.certificatePem ?? "").serialNumber;
    const given = (...names: readonly string[]): Spec => {
      const signer = { certificatePem: read("intermediate.crt"), privateKeyPem: read("intermediate.key") };
      const clientAuthority = {
        certificatePem: read("chain.crt"),
        crlPem: revocationList(signer, names.map(serialOf)),
      };
      return { ...spec, broker: { ...spec.broker, clientAuthority } };
    };
    await stack.up(given("lost"));
    await stack.preview(given("lost"), { expectNoChanges: true });
    for (const suite of SUITES) await assert.rejects(visit(suite, card("lost")));
    const sessions = await Promise.all(
      SUITES.map((suite) => Promise.all(["relay", "keeper"].map((name) => Session.open(server(suite), card(name))))),
    );
    await stack.up(given("lost", "relay"));
    for (const report of Object.values(await stack.reports())) assert.match(report, /^activation reload$/m);
    for (const [relay, keeper] of sessions) {
      await relay?.gone;
      assert.ok(keeper?.isOpen);
      await keeper.close();
    }
    for (const suite of SUITES) {
      await assert.rejects(visit(suite, card("relay")));
      await visit(suite, card("keeper"));
    }
  });

  function server(suite: Suite): Server {
    return { address: lab.host(suite).ip, hostnames: ["mqtt-pi.local"], caPem: read("root.crt") };
  }

  async function visit(suite: Suite, login: Login): Promise<void> {
    await using session = await Session.open(server(suite), login);
    assert.ok(session.isOpen);
  }

  function card(name: string): Login {
    const certificate = outputs.certificates[name];
    assert.ok(certificate);
    return { listener: "mutualTls", certificate };
  }

  function read(name: string): string {
    return readFileSync(join(folder.path, name), "utf8");
  }
});
