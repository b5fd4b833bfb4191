import assert from "node:assert/strict";
import { resolve } from "node:path";

import { PulumiProject } from "../engine/engine";
import { Lab, type LabHost } from "../lab";
import { type Server, Session } from "../support/proof/session";
import { type TemporaryFolder, temporaryFolder } from "../support/temporaryFolder";

const EXAMPLE = resolve(__dirname, "../../examples/certificates");

interface Bundle {
  readonly username: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

describe("examples/certificates", function () {
  this.timeout(180_000);
  let lab: Lab;
  let host: LabHost;
  let folder: TemporaryFolder;
  let project: PulumiProject;
  let caPem: string;
  let bundles: readonly Bundle[];

  before(async () => {
    folder = temporaryFolder("certificates");
    lab = await Lab.start([{ name: "pi", suite: "trixie" }]);
    host = lab.host("pi");
    project = new PulumiProject({ dir: EXAMPLE, backendDir: folder.path });
    for (const [key, value] of Object.entries({ host: host.ip, hostKey: host.hostKey }))
      await project.setConfig(key, value);
    await project.setConfig("privateKey", host.privateKey, { secret: true });
    await up();
  });

  after(async () => {
    folder.remove();
    await lab.stop();
  });

  it("lets both relays in", async () => {
    assert.deepEqual(await Promise.all(bundles.map(getsIn)), [true, true]);
  });

  it("refuses the one that was lost", async () => {
    await configure("--path", "lost[0]", "relay1");
    await up();
    assert.deepEqual(await Promise.all(bundles.map(getsIn)), [false, true]);
  });

  it("gets another authority, step by step, and the lost one stays refused", async () => {
    const [lost, relay] = bundles;
    assert.ok(lost && relay);
    // A number would be no name.
    await configure("--path", "--type", "string", "generations[0]", "1");
    await configure("--path", "--type", "string", "generations[1]", "2");
    await up();
    await configure("issuing", "2");
    await up();
    assert.deepEqual(await Promise.all([lost, relay, ...bundles].map(getsIn)), [false, true, false, true]);
    const known = caPem;
    await removeConfig("issuing");
    await removeConfig("--path", "generations[0]");
    await up();
    assert.ok(known.includes(caPem));
    assert.deepEqual(await Promise.all([lost, relay, ...bundles].map(getsIn)), [false, false, false, true]);
  });

  async function up(): Promise<void> {
    const { code, stdout, stderr } = await project.up();
    assert.equal(code, 0, stdout + stderr);
    const outputs = await project.outputs({ showSecrets: true });
    caPem = String(outputs["caPem"]);
    bundles = outputs["bundles"] as readonly Bundle[];
  }

  async function configure(...args: string[]): Promise<void> {
    assert.equal((await project.pulumi(["config", "set", ...args])).code, 0);
  }

  async function removeConfig(...args: string[]): Promise<void> {
    assert.equal((await project.pulumi(["config", "rm", ...args])).code, 0);
  }

  async function getsIn(certificate: Bundle): Promise<boolean> {
    try {
      const server: Server = { address: host.ip, hostnames: ["mqtt-pi.local"], caPem };
      await using session = await Session.open(server, { listener: "mutualTls", certificate });
      await session.publish(`devices/${certificate.username}/state`, "on");
      return true;
    } catch {
      return false;
    }
  }
});
