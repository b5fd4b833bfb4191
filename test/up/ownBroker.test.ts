import assert from "node:assert/strict";

import { Lab, type LabHost } from "../lab";
import type { Spec } from "./program/spec";
import { asRoot, differences, snapshot } from "./support/host";
import { piOf, Stack } from "./support/stack";

const INSTALL = `export DEBIAN_FRONTEND=noninteractive
{ apt-get -qq update && apt-get -qq install -y mosquitto mosquitto-clients; } >/dev/null 2>&1
printf 'listener 1884\\nallow_anonymous true\\n' >/etc/mosquitto/conf.d/mine.conf`;
const ELSEWHERE = "mv /etc/mosquitto /srv/mosquitto; ln -s /srv/mosquitto /etc/mosquitto; chmod 0775 /srv/mosquitto";
const FOLDER = "find -L /etc/mosquitto ! -path '*/generations' -printf '%m %u:%g %p\\n' | sort";

/** Somebody's own broker, its folder as it should not be, there and elsewhere. */
describe("a broker of somebody's", function () {
  this.timeout(180_000);
  let lab: Lab;
  let own: LabHost;
  let linked: LabHost;
  let spec: Spec;
  let atFirst: readonly string[];
  const stack = new Stack();
  const both = <T>(act: (host: LabHost) => Promise<T>): Promise<T[]> => Promise.all([own, linked].map(act));

  before(async () => {
    lab = await Lab.start([
      { name: "own", suite: "bookworm" },
      { name: "linked", suite: "trixie" },
    ]);
    [own, linked] = [lab.host("own"), lab.host("linked")];
    await both((host) => asRoot(host, INSTALL));
    await asRoot(linked, ELSEWHERE);
    await both((host) => asRoot(host, "systemctl restart mosquitto.service"));
    atFirst = await both(snapshot);
    spec = {
      hosts: { own: piOf(own), linked: piOf(linked) },
      users: { admin: {} },
      rules: [{ user: "admin", access: "readwrite", topic: "home/#" }],
      broker: { hostnames: ["mqtt-pi.local"] },
    };
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  it("keeps its folder as it is, however it is closed, when the first up is refused for that", async () => {
    await refused(
      "chown -R mosquitto:mosquitto /etc/mosquitto/ && chmod 0700 /etc/mosquitto/",
      /expected that the user mosquitto can enter it once it is root's, got mode 700, owner mosquitto:mosquitto; let it in/,
      "chown -R root:root /etc/mosquitto/ && chmod 0755 /etc/mosquitto/",
    );
  });

  it("keeps its folder as it is when the first up is refused by the trial", async () => {
    await refused(
      "chmod 2770 /etc/mosquitto/; chgrp mosquitto /etc/mosquitto/; systemd-run -q --unit squatter systemd-socket-activate -l 8883 sleep 1",
      /listeners\.tls\.port: expected a free port, got 8883, .*\n +error: the new configuration was refused before anything live changed/,
      "chmod 00755 /etc/mosquitto/; chgrp root /etc/mosquitto/; systemctl stop squatter",
    );
  });

  it("keeps what has a name that we use: the first up is refused, and Pulumi takes no name for a colour", async () => {
    await refused(
      "mkdir -p /etc/mosquitto/current '/etc/mosquitto/generations/<{%boom%}>'; touch /etc/mosquitto/current/mine.conf",
      /expected that nothing of somebody's has a name that we use, got \/etc\/mosquitto\/current \/etc\/mosquitto\/generations\/<\{ %boom%\}>; move it/,
      "rm -r /etc/mosquitto/current /etc/mosquitto/generations",
    );
  });

  it("is back after destroy, in the folder as it was, also where a symlink leads to that", async () => {
    await asRoot(linked, "chmod 0775 /srv/mosquitto");
    await stack.up(spec);
    assert.equal(await asRoot(linked, "stat -L -c %a /etc/mosquitto"), "755");
    await stack.destroy();
    const now = await both(snapshot);
    for (const [i, before] of atFirst.entries()) assert.deepEqual(differences(before, now[i] ?? ""), []);
  });

  it("is not known any more when our memory was wiped: destroy says so, and leaves nothing of ours running", async () => {
    await stack.up(spec);
    await both((host) => asRoot(host, "rm -rf /var/lib/pulumi-mosquitto-pi"));
    await stack.destroy();
    assert.match(
      stack.printed,
      /what was here before us is not known any more: packages stay, and what runs is stopped/,
    );
    await both(async (host) => {
      assert.equal(await asRoot(host, "systemctl is-active mosquitto.service || :"), "inactive");
      assert.equal(
        await asRoot(host, "find -L /etc/mosquitto /etc/systemd/system -name '*pulumi*' -o -name current"),
        "",
      );
      assert.equal(
        await asRoot(host, "ls /etc/mosquitto/generations /var/lib/pulumi-mosquitto-pi 2>/dev/null || :"),
        "",
      );
    });
  });

  /** An `up` after a command that is refused, and leaves the folder and what runs as they are. */
  async function refused(command: string, why: RegExp, undo: string): Promise<void> {
    await both((host) => asRoot(host, command));
    const state = `${FOLDER}; systemctl show mosquitto.service -p MainPID`;
    const before = await both((host) => asRoot(host, state));
    assert.match(await stack.upFails(spec), why);
    assert.deepEqual(await both((host) => asRoot(host, state)), before);
    await both((host) => asRoot(host, undo));
  }
});
