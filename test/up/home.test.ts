import assert from "node:assert/strict";
import { resolve } from "node:path";

import { PulumiProject } from "../engine/engine";
import { Lab, type LabHost, type Suite } from "../lab";
import type { Finding } from "../support/proof/check";
import { homeTarget } from "../support/proof/home";
import { prove } from "../support/proof/prove";
import { type TemporaryFolder, temporaryFolder } from "../support/temporaryFolder";

const ROOT = resolve(__dirname, "../..");

/** The program that `npm run demo` deploys, and the proof that it shows. */
for (const suite of ["bookworm", "trixie"] satisfies Suite[])
  describe(`examples/home on ${suite}`, function () {
    this.timeout(120_000);
    let lab: Lab;
    let host: LabHost;
    let folder: TemporaryFolder;
    let project: PulumiProject;

    before(async () => {
      folder = temporaryFolder("home");
      lab = await Lab.start([{ name: "pi", suite }]);
      host = lab.host("pi");
      project = new PulumiProject({ dir: ROOT, backendDir: folder.path });
    });

    after(async () => {
      folder.remove();
      await lab.stop();
    });

    it("takes what is configured, and comes up", async () => {
      await project.setConfig("host", host.ip);
      await project.setConfig("hostKey", host.hostKey);
      await project.setConfig("privateKey", host.privateKey, { secret: true });
      const { code, stdout, stderr } = await project.up();
      assert.equal(code, 0, stdout + stderr);
    });

    it("is the broker of the guide, as clients see it that are not ours", async () => {
      const findings = await proof();
      assert.deepEqual(
        findings.filter(({ ok }) => !ok),
        [],
      );
      assert.ok(findings.length >= 30, `only ${findings.length} things were tried`);
    });

    it("changes nothing when it is run again", async () => {
      const { code, stdout, stderr } = await project.preview({ expectNoChanges: true });
      assert.equal(code, 0, stdout + stderr);
    });

    it("is seen to be broken when it is: with an open broker", async () => {
      await host.root("sed -i '/^acl_file/d' /etc/mosquitto/current/conf.d/auth.conf && systemctl restart mosquitto");
      const broken = await failures();
      for (const tried of ["sensor1 publishes controls/relay1", "sensor1 listens to controls/#"])
        assert.ok(
          broken.some((it) => it.startsWith(tried)),
          tried,
        );
      assert.ok(!broken.some((it) => it.includes("openssl")), broken.join("\n"));
    });

    it("is seen to be broken when it is: with none", async () => {
      await host.root("systemctl stop mosquitto");
      const right = (await proof()).filter(({ ok }) => ok).map(({ tried }) => tried);
      assert.deepEqual(right, ["a client knocks at port 1883, MQTT without TLS"]);
    });

    async function proof(): Promise<Finding[]> {
      const outputs = await project.outputs({ showSecrets: true });
      const findings: Finding[] = [];
      for await (const finding of prove(homeTarget(host.ip, outputs))) findings.push(finding);
      return findings;
    }

    async function failures(): Promise<string[]> {
      return (await proof()).filter(({ ok }) => !ok).map(({ tried }) => tried);
    }
  });
