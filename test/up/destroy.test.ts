import assert from "node:assert/strict";

import { Lab, type LabHost } from "../lab";
import type { Spec } from "./program/spec";
import { asRoot, differences, snapshot } from "./support/host";
import { piOf, Stack } from "./support/stack";

/** Leaves what `apt remove` leaves: a configuration, a database, a link to start it at boot; a mask over that; closed folders. */
const REMOVED = `export DEBIAN_FRONTEND=noninteractive
{ apt-get -qq update && apt-get -qq install -y --no-install-recommends mosquitto; } >/dev/null 2>&1
echo 'max_queued_messages 77' >>/etc/mosquitto/mosquitto.conf
systemctl stop mosquitto.service
apt-get -qq remove -y mosquitto >/dev/null
systemctl --quiet mask mosquitto.service
install -d -m 0700 /etc/systemd/system/mosquitto.service.d
chmod 2770 /etc/mosquitto`;

/** For a package that is not installed yet. */
const MASKED = "systemctl --quiet mask --runtime mosquitto.service";

/** A package of somebody's that needs a broker. */
const NEEDS_BROKER = `mkdir -p /run/hub/DEBIAN
cat >/run/hub/DEBIAN/control <<END
Package: sensor-hub
Version: 1
Architecture: all
Maintainer: Somebody <somebody@localhost>
Depends: mosquitto
Description: needs a broker
END
dpkg-deb --build /run/hub /run/hub.deb >/dev/null && dpkg --install /run/hub.deb >/dev/null`;

const DATABASE = "stat -c '%s %U' /var/lib/mosquitto/mosquitto.db";

/** Packages that came with us and that somebody has a share in all the same. */
describe("destroy", function () {
  this.timeout(300_000);
  let lab: Lab;
  let removed: LabHost;
  let needed: LabHost;
  let spec: Spec;
  let atFirst: string;
  let neededAtFirst: string;
  const stack = new Stack();

  before(async () => {
    lab = await Lab.start([
      { name: "removed", suite: "trixie" },
      { name: "needed", suite: "bookworm" },
    ]);
    [removed, needed] = [lab.host("removed"), lab.host("needed")];
    await asRoot(removed, REMOVED);
    await asRoot(needed, MASKED);
    [atFirst, neededAtFirst] = [await snapshot(removed), await snapshot(needed)];
    spec = {
      hosts: { removed: piOf(removed), needed: piOf(needed) },
      users: { admin: {} },
      rules: [{ user: "admin", access: "readwrite", topic: "home/#" }],
      broker: { hostnames: ["mqtt-pi.local"] },
    };
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  it("comes after an up that refuses a folder that the broker cannot enter, and leaves its mode as it is", async () => {
    assert.match(
      await stack.upFails(spec),
      /error: \/etc\/mosquitto: expected that the user mosquitto can enter it once it is root's, got mode 2770, owner root:root; let it in /,
    );
    await asRoot(removed, "chgrp mosquitto /etc/mosquitto");
    await stack.up(spec);
    assert.equal(await asRoot(removed, "stat -c '%a %U:%G' /etc/mosquitto"), "2750 root:mosquitto");
  });

  it("is not all that can be undone: a broker that leaves the program gives back what was there, and the rest of the stack stays", async () => {
    const { ca } = await stack.outputs();
    await stack.up({ ...spec, hostsOnly: true });
    await asRoot(removed, "chgrp root /etc/mosquitto");
    assert.deepEqual(differences(atFirst, await snapshot(removed)), []);
    // The package of bookworm keeps its user and group when it is purged.
    assert.deepEqual(differences(neededAtFirst, await snapshot(needed)), ["+ mosquitto"]);
    assert.equal(await enablement(needed), "masked-runtime");
    await asRoot(removed, "chgrp mosquitto /etc/mosquitto");
    await stack.up(spec);
    assert.equal((await stack.outputs()).ca, ca);
    assert.equal(await enablement(needed), "enabled");
  });

  it("says who holds a package", async () => {
    await asRoot(needed, "apt-mark hold mosquitto");
    const { code, stdout, stderr } = await stack.project.destroy();
    assert.notEqual(code, 0);
    assert.match(
      stdout + stderr,
      /somebody holds mosquitto; release it on the host \(sudo apt-mark unhold mosquitto\)/,
    );
    await asRoot(needed, "apt-mark unhold mosquitto");
  });

  it("gives a configuration and a database back that a removed package had left", async () => {
    await stack.up(spec);
    await asRoot(needed, NEEDS_BROKER);
    await stack.destroy();
    await asRoot(removed, "chgrp root /etc/mosquitto");
    assert.deepEqual(differences(atFirst, await snapshot(removed)), []);
    assert.match(await asRoot(removed, DATABASE), /^[1-9]\d* mosquitto$/);
  });

  it("leaves a package that somebody else's needs, stopped and masked as it was, and says so", async () => {
    assert.match(
      stack.printed,
      /mosquitto stays installed, .*: removing it would also remove what others installed: sensor-hub$/m,
    );
    assert.match(stack.printed, /removing mosquitto-clients$/m);
    const states = "dpkg-query -W -f '${db:Status-Abbrev}${Package} ' mosquitto sensor-hub";
    assert.equal(await asRoot(needed, states), "ii mosquitto ii sensor-hub");
    assert.equal(await asRoot(needed, "systemctl is-active mosquitto.service || :"), "inactive");
    assert.equal(await enablement(needed), "masked-runtime");
    await asRoot(needed, "test ! -e /etc/mosquitto/generations");
  });

  function enablement(host: LabHost): Promise<string> {
    return asRoot(host, "systemctl is-enabled mosquitto.service || :");
  }
});
