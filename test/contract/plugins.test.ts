import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";

import { PulumiProject } from "../engine/engine";
import { temporaryFolder } from "../support/temporaryFolder";

describe("plugins tls and random", function () {
  this.timeout(60_000);
  const folder = temporaryFolder("plugins");
  let project: PulumiProject;

  before(async () => {
    project = new PulumiProject({ dir: join(__dirname, "pluginsProgram"), backendDir: folder.path });
    const { code, stdout } = await project.up();
    assert.equal(code, 0, stdout);
    assert.doesNotMatch(stdout, /warning/i);
  });
  after(async () => {
    const { code, stdout, stderr } = await project.destroy();
    folder.remove();
    assert.equal(code, 0, stdout + stderr);
  });

  it("issue a CA and a leaf that OpenSSL's own reader accepts", async () => {
    const { plain } = (await project.outputs()) as { plain: Record<"id" | "authority" | "leaf", string> };
    const [authority, leaf] = [new X509Certificate(plain.authority), new X509Certificate(plain.leaf)];
    assert.ok(authority.ca);
    assert.ok(leaf.checkIssued(authority) && leaf.verify(authority.publicKey));
    assert.equal(leaf.subjectAltName, "DNS:broker.local, IP Address:192.0.2.1");
    assert.match(plain.id, /^[0-9a-f]{16}$/);
  });

  it("keep passwords and private keys secret, in outputs and in state", async () => {
    assert.deepEqual((await project.outputs())["secrets"], { password: "[secret]", leafKey: "[secret]" });
    const { secrets } = (await project.outputs({ showSecrets: true })) as { secrets: Record<string, string> };
    assert.equal(secrets["password"]?.length, 24);
    assert.match(secrets["leafKey"] ?? "", /BEGIN EC \w+ KEY/);
    const state = JSON.stringify(await project.exportState());
    assert.ok(!state.includes(secrets["password"]));
    assert.doesNotMatch(state, /PRIVATE KEY-----/);
  });

  it("have nothing to do the second time", async () => {
    const { code, stdout } = await project.preview({ expectNoChanges: true });
    assert.equal(code, 0, stdout);
  });
});
