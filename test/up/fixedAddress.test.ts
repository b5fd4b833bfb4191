import assert from "node:assert/strict";
import { once } from "node:events";
import { resolve } from "node:path";
import { connect } from "node:tls";

import { PulumiProject } from "../engine/engine";
import { Lab, type LabHost, type Suite } from "../lab";
import { type TemporaryFolder, temporaryFolder } from "../support/temporaryFolder";
import { asRoot } from "./support/host";
import { until } from "./support/reloads";

const BOOT = "cat /proc/sys/kernel/random/boot_id";
const EXAMPLE = resolve(__dirname, "../../examples/fixed-address");

/** As Raspberry Pi OS bookworm has it before anybody has set anything: NetworkManager's own profile, in memory only. */
const PROFILE_IN_MEMORY = `cd /run/NetworkManager && mkdir -p system-connections
mv "/etc/NetworkManager/system-connections/Wired connection 1.nmconnection" system-connections
nmcli connection reload
nmcli -t -f DEVICE,FILENAME connection show | grep '^host0:/run/'`;

/** Everything at once: the Pi moves, and the broker is set up where it is then. */
for (const suite of ["bookworm", "trixie"] satisfies Suite[])
  describe(`examples/fixed-address on ${suite}`, function () {
    this.timeout(180_000);
    let lab: Lab;
    let host: LabHost;
    let folder: TemporaryFolder;
    let project: PulumiProject;
    let address: string;

    before(async () => {
      folder = temporaryFolder("fixed-address");
      lab = await Lab.start([{ name: "pi", suite }]);
      host = lab.host("pi");
      if (suite === "bookworm") await asRoot(host, PROFILE_IN_MEMORY);
      address = host.ip.replace(/\d+$/, "80");
      project = new PulumiProject({ dir: EXAMPLE, backendDir: folder.path });
      const config = { host: host.ip, hostKey: host.hostKey, address: `${address}/24`, gateway: lab.address };
      for (const [key, value] of Object.entries(config)) await project.setConfig(key, value);
      await project.setConfig("privateKey", host.privateKey, { secret: true });
    });

    after(async () => {
      folder.remove();
      await lab.stop();
    });

    it("moves the Pi, and a broker answers there", async () => {
      const { code, stdout, stderr } = await project.up();
      assert.equal(code, 0, stdout + stderr);
      const { url, caPem } = await project.outputs();
      assert.equal(url, `mqtts://${address}:8883`);
      const socket = connect({ host: address, port: 8883, ca: String(caPem) });
      await once(socket, "secureConnect");
      socket.destroy();
    });

    it("has nothing to do when it is run again, after a restart", async () => {
      const there = host.at(address);
      const boot = await asRoot(there, BOOT);
      await there.root("systemctl reboot");
      await until(async () => {
        const { code, stdout } = await there.ssh(BOOT);
        return code === 0 && stdout.trim() !== boot;
      });
      await until(async () => (await there.root("systemctl is-active mosquitto")).code === 0);
      const { code, stdout, stderr } = await project.preview({ expectNoChanges: true });
      assert.equal(code, 0, stdout + stderr);
    });

    it("foretells what changes for the broker, at the address where the Pi is", async () => {
      await asRoot(host.at(address), "systemctl stop mosquitto");
      const { stdout } = await project.preview();
      assert.match(stdout, new RegExp(`drift on ${address}: 1 thing not as deployed`));
      assert.match(stdout, /mosquitto.service is stopped/);
    });

    it("takes all of it away, the broker first", async () => {
      const { code, stdout, stderr } = await project.destroy();
      assert.equal(code, 0, stdout + stderr);
      // It takes its former address once the connection that asked has had its answer.
      await until(async () => (await host.ssh("true")).code === 0);
      await asRoot(host, "! command -v mosquitto && [ ! -e /var/lib/pulumi-mosquitto-pi ]");
    });
  });
