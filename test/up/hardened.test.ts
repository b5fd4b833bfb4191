import assert from "node:assert/strict";
import { resolve } from "node:path";

import { PulumiProject } from "../engine/engine";
import { Lab, type LabHost, type Suite } from "../lab";
import { type TemporaryFolder, temporaryFolder } from "../support/temporaryFolder";
import { publish } from "./support/archive";
import { Attacker } from "./support/attacks";
import { hasTimeService, synchronizes } from "./support/clock";
import { asRoot, differences, snapshot } from "./support/host";
import { until } from "./support/reloads";
import { knock, OPEN_PORT, serve } from "./support/visitor";

const EXAMPLE = resolve(__dirname, "../../examples/hardened");

for (const suite of ["bookworm", "trixie"] satisfies Suite[])
  describe(`examples/hardened on ${suite}`, function () {
    this.timeout(300_000);
    let lab: Lab;
    let former: LabHost;
    let pi: LabHost;
    let visitor: LabHost;
    let folder: TemporaryFolder;
    let project: PulumiProject;
    let atFirst: string;

    before(async () => {
      folder = temporaryFolder("hardened");
      lab = await Lab.start([
        { name: "pi", suite },
        { name: "visitor", suite: "bookworm" },
      ]);
      [former, visitor] = [lab.host("pi"), lab.host("visitor")];
      const network = former.ip.replace(/\d+$/, "0/24");
      const address = former.ip.replace(/\d+$/, "80");
      pi = former.at(address);
      await publish(former, "Debian-Security", "firmware-lab", "1.0");
      await hasTimeService(former);
      await synchronizes(former);
      await asRoot(former, "apt-get -qq dist-upgrade -y >/dev/null && apt-get -qq install -y firmware-lab >/dev/null");
      atFirst = await snapshot(former);
      project = new PulumiProject({ dir: EXAMPLE, backendDir: folder.path });
      const config = {
        host: former.ip,
        hostKey: former.hostKey,
        address: `${address}/24`,
        gateway: lab.address,
        network,
      };
      for (const [key, value] of Object.entries(config)) await project.setConfig(key, value);
      await project.setConfig("privateKey", former.privateKey, { secret: true });
    });

    after(async () => {
      folder.remove();
      await lab.stop();
    });

    it("is made in one go, and then there is nothing to do", async () => {
      const { code, stdout, stderr } = await project.up();
      assert.equal(code, 0, stdout + stderr);
      assert.equal((await project.outputs())["url"], `mqtts://${pi.ip}:8883`);
      await hasNothingToDo();
    });

    it("lets in what it is there for, and nothing else", async () => {
      await serve(pi, OPEN_PORT);
      const ports = [22, 8883, 8884, 9001, 1883, OPEN_PORT];
      const answers = await Promise.all(ports.map((port) => knock(visitor, pi.ip, port)));
      assert.deepEqual(answers, ["open", "open", "open", "open", "dropped", "dropped"]);
    });

    it("bans who guesses passwords, also after an upgrade that restarts it", async () => {
      const attacker = await Attacker.on(visitor);
      await isBanned(attacker);
      await publish(pi, "Debian-Security", "firmware-lab", "1.1");
      const boot = await bootId();
      const { code, stdout, stderr } = await project.up();
      assert.equal(code, 0, stdout + stderr);
      assert.notEqual(await bootId(), boot);
      await until(
        async () => (await pi.root("systemctl is-active mosquitto pulumi-mosquitto-watch fail2ban ufw")).code === 0,
      );
      await hasNothingToDo();
      await isBanned(attacker);
    });

    it("can be taken away again, and leaves the Pi as it was, whoever had packages installed that others need", async () => {
      const installer = await asRoot(pi, "cd /var/lib/pulumi-mosquitto-pi && grep -lx libnftnl11 */installed");
      await destroy("--target", `**${installer.startsWith("firewall") ? "firewall" : "jail"}-state`);
      await destroy();
      await until(async () => (await former.root("true")).code === 0);
      // NetworkManager has written its profile anew, upgrades stay, and Debian keeps the broker's user, and what packages leave behind.
      const others =
        /NetworkManager|resolv\.conf|^\+ mosquitto$|firmware-lab|Debian-Security|\/(avahi-daemon|unattended-upgrades|stamp-apt)/;
      assert.deepEqual(
        differences(atFirst, await snapshot(former)).filter((line) => !others.test(line)),
        [],
      );
    });

    async function destroy(...flags: string[]): Promise<void> {
      const { code, stdout, stderr } = await project.destroy(...flags);
      assert.equal(code, 0, stdout + stderr);
    }

    async function isBanned(attacker: Attacker): Promise<void> {
      const source = await attacker.address();
      const attempt = {
        source,
        host: pi.ip,
        port: 8883,
        protocol: "mqtt",
        security: "tls",
        id: "x",
        user: "sensor1",
        password: "guess",
      } as const;
      assert.deepEqual(await attacker.tries(...Array.from({ length: 5 }, () => attempt)), Array(5).fill(5));
      await until(async () => (await asRoot(pi, "fail2ban-client get pulumi-mosquitto banip")).includes(source));
      assert.deepEqual(await attacker.tries({ ...attempt, seconds: 2 }), ["silence"]);
    }

    function bootId(): Promise<string> {
      return asRoot(pi, "cat /proc/sys/kernel/random/boot_id");
    }

    async function hasNothingToDo(): Promise<void> {
      const { code, stdout, stderr } = await project.preview({ expectNoChanges: true });
      assert.equal(code, 0, stdout + stderr);
    }
  });
