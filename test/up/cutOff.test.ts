import assert from "node:assert/strict";

import { Lab, type LabHost } from "../lab";
import type { Spec } from "./program/spec";
import { asRoot, differences, snapshot } from "./support/host";
import { piOf, Stack } from "./support/stack";

/** Ends the transaction's shell with SIGKILL right after its second `sync -f`: committed, and nothing told to the broker. */
const CUT_AFTER_COMMIT = `#!/bin/sh
echo "$1" >>/run/syncs
/usr/bin/sync "$@"
[ "$(grep -cxe -f /run/syncs)" -ne 2 ] || kill -9 $PPID
`;

describe("a Pi on which things go wrong between deployments", function () {
  this.timeout(120_000);
  let lab: Lab;
  let host: LabHost;
  let bare: string;
  let spec: Spec;
  const stack = new Stack();

  before(async () => {
    lab = await Lab.start([{ name: "pi", suite: "bookworm" }]);
    host = lab.host("pi");
    bare = await snapshot(host);
    // Only client certificates: no password login can tell which rules the broker runs by.
    spec = {
      hosts: { pi: piOf(host) },
      users: { relay: { certificate: true } },
      rules: [{ user: "relay", access: "readwrite", topic: "relays/#" }],
      broker: { hostnames: ["mqtt-pi.local"], listeners: { mutualTls: {} }, persistence: { enabled: false } },
    };
    await stack.up(spec);
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  it("was cut off after the commit: the next up does not take what is on disk for what runs", async () => {
    await host.writeFile("/usr/local/sbin/sync", CUT_AFTER_COMMIT);
    await asRoot(host, "chmod 0755 /usr/local/sbin/sync");
    const changed: Spec = { ...spec, rules: [{ user: "relay", access: "readwrite", topic: "other/#" }] };
    await stack.upFails(changed);
    await asRoot(host, "rm /usr/local/sbin/sync /run/syncs");
    assert.match(await asRoot(host, "cat /etc/mosquitto/current/acl"), /other\/#/, "it was committed");
    assert.notEqual(
      await asRoot(host, "head -n 1 /run/pulumi-mosquitto-pi.mosquitto"),
      await live(),
      "and never loaded",
    );
    await stack.up(changed);
    assert.match((await stack.reports())["pi-broker-state"] ?? "", /^activation restart$/m);
    assert.equal(await asRoot(host, "head -n 1 /run/pulumi-mosquitto-pi.mosquitto"), await live());
  });

  it("lost the line of the ACL: no reload takes the broker's rules away", async () => {
    const auth = "/etc/mosquitto/current/conf.d/auth.conf";
    const before = await host.readFile(auth);
    await asRoot(host, `sed -i /acl_file/d ${auth}`);
    assert.notEqual((await host.root("systemctl reload mosquitto.service")).code, 0);
    const journal = await asRoot(host, "journalctl -u mosquitto.service -n 20 -o cat --no-pager");
    assert.match(journal, /the configuration lacks the line: acl_file/);
    await host.writeFile(auth, before);
    await asRoot(host, "systemctl reload mosquitto.service");
  });

  it("gets its address late: the broker waits for it", async () => {
    const address = host.ip.replace(/\d+$/, "250");
    await asRoot(host, `ip address add ${address}/24 dev host0`);
    await stack.up({ ...spec, broker: { ...spec.broker, listeners: { mutualTls: { bind: address } } } });
    await asRoot(host, `ip address del ${address}/24 dev host0`);
    assert.notEqual((await host.root("systemctl restart mosquitto.service")).code, 0);
    // Longer than systemd's own patience: five starts within ten seconds.
    await asRoot(host, "sleep 12");
    await asRoot(host, `ip address add ${address}/24 dev host0`);
    await asRoot(
      host,
      "for i in $(seq 10); do systemctl -q is-active mosquitto.service && exit; sleep 1; done; exit 1",
    );
  });

  it("lost our files and links by hand: destroy still gives the bare Pi back", async () => {
    await asRoot(host, "rm -rf /etc/mosquitto/generations; systemctl revert mosquitto.service 2>&1");
    await stack.destroy();
    // The package of bookworm keeps its user and group when it is purged.
    assert.deepEqual(differences(bare, await snapshot(host)), ["+ mosquitto"]);
  });

  async function live(): Promise<string> {
    return (await asRoot(host, "readlink /etc/mosquitto/current")).replace("generations/", "");
  }
});
