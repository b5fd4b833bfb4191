import assert from "node:assert/strict";

import type { Suite } from "../lab";
import { asRoot } from "./support/host";
import {
  arrives,
  moved,
  type Network,
  type Routed,
  settings,
  SILENCE,
  silentBeside,
  startRouted,
} from "./support/routed";
import { ASIDE, impersonated, IPV6 } from "./support/router";
import { Stack } from "./support/stack";

for (const suite of ["bookworm", "trixie"] satisfies Suite[])
  describe(`a fixed address that cannot be, on ${suite}`, function () {
    this.timeout(300_000);
    let { lab, router, host, there, uuid, network } = {} as Routed;
    const stack = new Stack();

    before(async () => {
      ({ lab, router, host, there, uuid, network } = await startRouted(suite));
    });

    after(async () => {
      await stack[Symbol.asyncDispose]();
      await lab.stop();
    });

    it("is refused before anything changes when somebody has it", async () => {
      const before = await settings(host);
      const printed = await stack.upFails(moved(host, { address: `${router.ip}/24`, gateway: lab.address }));
      const mac = (await asRoot(router, "cat /sys/class/net/host0/address")).replaceAll(":", "[:]");
      assert.match(
        printed,
        new RegExp(`error: address: expected one that nobody has on host0, got "${router.ip}", which ${mac} has; `),
      );
      assert.equal(await settings(host), before);
      const six = await stack.upFails(moved(host, { ...network, ipv6: { address: IPV6.gateway.concat("/64") } }));
      assert.match(six, new RegExp(`one that nobody has on host0, got "${IPV6.gateway}", which ${mac} has; `));
      assert.equal(await settings(host), before);
    });

    it("is refused while another deployment begins to change it", async () => {
      await asRoot(host, "systemd-run --quiet --unit=first flock /run/pulumi-mosquitto-pi.network.lock sleep infinity");
      assert.match(
        await stack.upFails(moved(host, network)),
        /error: network: expected that no other change of it is under/,
      );
      await asRoot(host, "systemctl stop first");
    });

    it("is taken back at once when the gateway is a typo", () =>
      isTakenBack({ ...network, gateway: silentBeside(host) }, SILENCE));

    it("is taken back at once when it is in another network", () =>
      isTakenBack({ address: "10.99.0.80/24", gateway: "10.99.0.1" }, SILENCE));

    it("is taken back when NetworkManager is restarted meanwhile, and has forgotten what was before", async () => {
      const wait = `until ip address show dev host0 | grep -q ' ${there.ip}/'; do sleep 0.1; done`;
      await asRoot(host, `systemd-run --quiet sh -c "${wait}; systemctl restart NetworkManager"`);
      await isTakenBack({ ...network, gateway: silentBeside(host) }, /checkpoint.* does not exist/i);
    });

    if (suite === "bookworm")
      it("is taken back when nobody can get there", () =>
        isTakenBack(ASIDE, /expected a login there within 15 seconds, got none at "10.98.0.80"/));

    it("is taken back when somebody else answers there", () =>
      impersonated(router, there.ip, () =>
        isTakenBack({ ...network, gateway: lab.address, confirmWithin: "10s" }, /expected the host key/),
      ));

    it("is taken back when the power is cut before it is confirmed", async () => {
      const failing = stack.upFails(moved(host, ASIDE));
      await arrives(router, ASIDE.address);
      await host.cut();
      await host.boot();
      assert.match(
        await failing,
        new RegExp(
          `was not reached at 10.98.0.80, and has gone back\n +what it says, at ${host.ip}:\n.*: the host was restarted`,
        ),
      );
      assert.equal(await asRoot(host, "nmcli -g ipv4.method connection show " + uuid), "auto");
    });

    if (suite === "trixie")
      it("is taken back by NetworkManager when nobody else is left to do it", async () => {
        const before = await settings(host);
        const kill = "systemctl kill --signal=KILL pulumi-mosquitto-pi-network.service";
        const aside = `until ip address show dev host0 | grep -q ${ASIDE.gateway.replace(/1$/, "80")}; do sleep 0.5; done`;
        await asRoot(host, `systemd-run --quiet sh -c "${aside}; ${kill}"`);
        const printed = await stack.upFails(moved(host, ASIDE));
        assert.match(printed, /was not reached at 10.98.0.80, and has gone back/);
        assert.equal(await settings(host), before);
      });

    async function isTakenBack(what: Network, reason: RegExp): Promise<void> {
      const before = await settings(host);
      const printed = await stack.upFails(moved(host, what));
      const address = (what.address as string).replace(/\/.*/, "");
      const gone = `was not reached at ${address}, and has gone back\n +what it says, at ${host.ip}:\n`;
      assert.match(printed, new RegExp(gone));
      assert.match(printed, reason);
      assert.equal(await settings(host), before);
      assert.equal((await host.root("test -e /var/lib/pulumi-mosquitto-pi/network/identity")).code, 1);
    }
  });
