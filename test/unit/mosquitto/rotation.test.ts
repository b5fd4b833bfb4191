import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { NOTHING } from "../../../sdk/host/look/observation";
import { brokerModel, type BrokerSpec } from "../../../sdk/mosquitto/model";
import { rotationLines, rotationRefusals } from "../../../sdk/mosquitto/rotation";
import { bundleOf } from "../../../sdk/tls/bundle";
import { repository } from "../../support/markdown";
import { newKey, selfSigned, signedFor } from "../../support/providers";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporaryFolder";

const CERTIFICATES = readFileSync(join(repository, "sdk/mosquitto/shell/certificates.sh"), "utf8");

function authority(name: string) {
  const privateKeyPem = newKey();
  return { certificatePem: selfSigned(privateKeyPem, name), privateKeyPem };
}

type Clients = NonNullable<BrokerSpec["clientAuthority"]>;

const server = authority("server");
const [root, other] = [authority("root"), authority("other")];
const key = newKey();
const intermediate = signedFor(key, root, "intermediate");
const chain: Clients = { certificatePem: intermediate + root.certificatePem, privateKeyPem: key };
const both = root.certificatePem + other.certificatePem;
const KEPT = { folder: "/var/lib/kept/live", domains: ["mqtt.example.org"] };
const keyless = (certificatePem: string): Clients => ({ certificatePem });

/** What is said of another client authority, by a preview and by the Pi alike. */
describe("another authority of clients' certificates", () => {
  let folder: TemporaryFolder;
  beforeEach(() => (folder = temporaryFolder("rotation")));
  afterEach(() => {
    folder.remove();
  });

  function isRefused(before: Clients, after: Clients, more: Partial<BrokerSpec> = {}): boolean {
    const [live, wanted] = [before, after].map((clientAuthority) => {
      const listeners = { tls: {}, mutualTls: {} };
      const model = brokerModel({ authority: server, clientAuthority, users: [], listeners, ...more });
      return {
        model,
        certificate: { ...server, caPem: server.certificatePem, clientCaPem: clientAuthority.certificatePem },
      };
    });
    assert.ok(live && wanted);
    const lines = rotationLines(live.certificate, live.model);
    const facts = Object.fromEntries(
      lines.map((line) => [line.replace(/ (\S+) .*/, "-$1"), line.split(" ").slice(2).join(" ")]),
    );
    const refusals = rotationRefusals(wanted.certificate, wanted.model)({ ...NOTHING, facts });
    for (const [name, plan] of Object.entries({
      live: lines,
      wanted: rotationLines(wanted.certificate, wanted.model),
    })) {
      mkdirSync(join(folder.path, name), { recursive: true });
      writeFileSync(join(folder.path, name, "plan"), `${plan.join("\n")}\n`);
    }
    const script = `dir=wanted certs=wanted kept=; fail() { exit 3; }\n${CERTIFICATES}\ncheck_rotation live`;
    const { status, stderr } = spawnSync("sh", ["-euc", script], { cwd: folder.path, encoding: "utf8" });
    assert.equal(stderr, "");
    assert.equal(status, refusals.length === 0 ? 0 : 3);
    return refusals.length > 0;
  }

  it("is refused where it has a list of what is revoked, and the one before could have none", () => {
    assert.ok(isRefused(root, chain));
    assert.ok(isRefused(root, { ...keyless(intermediate + root.certificatePem + intermediate), privateKeyPem: key }));
    assert.ok(!isRefused(root, { ...chain, others: [root] }));
    assert.ok(!isRefused(root, keyless(chain.certificatePem)));
    assert.ok(!isRefused(chain, chain));
  });

  it("is refused where any of those that may have issued is left out, since none's key is here", () => {
    assert.ok(!isRefused(keyless(both), keyless(both)));
    assert.ok(isRefused(keyless(both), keyless(other.certificatePem)));
    assert.ok(isRefused(keyless(chain.certificatePem), chain));
    assert.ok(!isRefused({ ...keyless(both), privateKeyPem: root.privateKeyPem, others: [other] }, root));
  });

  it("is refused where clients that know one of yours get a public one, and the other way round", () => {
    const [own, kept] = [brokerModel({ authority: server, users: [] }), brokerModel({ certificate: KEPT, users: [] })];
    const { certificatePem: caPem } = server;
    const sent = { ...server, caPem, clientCaPem: caPem };
    const lines = rotationLines(KEPT, kept);
    const facts = { "issuers-server": "public", "trusts-server": "public" };
    assert.deepEqual(lines, ["issuers server public", "trusts server public"]);
    assert.equal(rotationRefusals(sent, own)({ ...NOTHING, facts }).length, 2);
    assert.equal(rotationRefusals(KEPT, kept)({ ...NOTHING, facts }).length, 0);
    const { trusts } = bundleOf(caPem);
    assert.equal(rotationRefusals(KEPT, kept)({ ...NOTHING, facts: { "trusts-server": trusts.join(" ") } }).length, 1);
  });

  it("is nobody's business where that is said, or where no listener asks for certificates", () => {
    assert.ok(isRefused(root, other));
    assert.ok(!isRefused(root, other, { abruptRotation: true }));
    assert.ok(!isRefused(root, other, { listeners: { tls: {} } }));
  });
});
