import assert from "node:assert/strict";

import { StartedUp } from "../chaos/startedUp";
import { Lab, type LabHost, type Suite } from "../lab";
import type { Spec } from "./program/spec";
import { asRoot } from "./support/host";
import { until } from "./support/reloads";
import { ASIDE, IPV6, isThere, profile, route, serveLeases } from "./support/router";
import { said } from "./support/said";
import { piOf, Stack } from "./support/stack";

type Network = NonNullable<Spec["networks"]>[string];

for (const suite of ["bookworm", "trixie"] satisfies Suite[])
  describe(`a fixed address on ${suite}`, function () {
    this.timeout(300_000);
    let lab: Lab;
    let router: LabHost;
    /** The Pi where DHCP has put it, and where it is to be. */
    let host: LabHost;
    let there: LabHost;
    let uuid: string;
    let network: Network;
    const stack = new Stack();

    before(async () => {
      lab = await Lab.start([
        { name: "pi", suite },
        { name: "router", suite: "bookworm" },
      ]);
      [host, router] = [lab.host("pi"), lab.host("router")];
      there = host.at(host.ip.replace(/\d+$/, "80"));
      uuid = await profile(host);
      await route(router, host);
      network = { address: `${there.ip}/24`, gateway: router.ip };
    });

    after(async () => {
      await stack[Symbol.asyncDispose]();
      await lab.stop();
    });

    describe("that cannot be", () => {
      it("is refused before anything changes when somebody has it", async () => {
        const before = await settings(host);
        const printed = await stack.upFails(wanted({ address: `${router.ip}/24`, gateway: lab.address }));
        const mac = (await asRoot(router, "cat /sys/class/net/host0/address")).replaceAll(":", "[:]");
        assert.match(
          printed,
          new RegExp(`error: address: expected one that nobody has on host0, got "${router.ip}", which ${mac} has; `),
        );
        assert.equal(await settings(host), before);
      });

      it("is taken back at once when the gateway is a typo", () =>
        isTakenBack({ ...network, gateway: silent() }, GATEWAY));

      it("is taken back at once when it is in another network", () =>
        isTakenBack({ address: "10.99.0.80/24", gateway: "10.99.0.1" }, GATEWAY));

      if (suite === "bookworm")
        it("is taken back when nobody can get there", () =>
          isTakenBack(ASIDE, /expected a login there within 60 seconds, got none at "10.98.0.80"/));

      it("is taken back when the power is cut before it is confirmed", async () => {
        const failing = stack.upFails(wanted(ASIDE));
        await arrives(ASIDE.address);
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
          const printed = await stack.upFails(wanted(ASIDE));
          assert.match(printed, /was not reached at 10.98.0.80, and has gone back/);
          assert.equal(await settings(host), before);
        });

      async function isTakenBack(what: Network, reason: RegExp): Promise<void> {
        const before = await settings(host);
        const printed = await stack.upFails(wanted(what));
        const address = (what.address as string).replace(/\/.*/, "");
        const gone = `was not reached at ${address}, and has gone back\n +what it says, at ${host.ip}:\n`;
        assert.match(printed, new RegExp(gone));
        assert.match(printed, reason);
        assert.equal(await settings(host), before);
        assert.equal((await host.root("test -e /var/lib/pulumi-mosquitto-pi/network/identity")).code, 1);
      }
    });

    describe("that is right", () => {
      before(() => asRoot(host, "rm -rf /var/lib/pulumi-mosquitto-pi"));

      it("is foretold, taken, and the Pi is found there", async () => {
        const spec = whole();
        assert.match(
          said(await stack.preview(spec), "pi-lan").join("\n"),
          new RegExp(`^plan for pi \\(${host.ip}\\): .*confirmed by a login at ${there.ip}\n`, "m"),
        );
        const output = await stack.up(spec);
        // A first try that a power cut has ended is one.
        assert.doesNotMatch(output, /warning: (?!drift on )/);
        assert.deepEqual((await stack.outputs()).addresses, { pi: there.ip });
        assert.deepEqual((await stack.outputs()).devices, { pi: "host0" });
        assert.equal(await isThere(host), false, "the former address is gone");
      });

      it("is kept by the one profile that was there", async () => {
        assert.equal(await profile(there), uuid);
        assert.equal(await asRoot(there, "nmcli -g UUID,TYPE connection show | grep -c ethernet"), "1");
        assert.equal(await asRoot(there, "cat /etc/resolv.conf | grep -v '^#'"), resolver());
        assert.equal(
          await asRoot(there, "ip route show default"),
          `default via ${router.ip} dev host0 proto static metric 100`,
        );
        await asRoot(router, "ping -c 1 -W 2 fd00:77::80");
      });

      it("is nothing to do for the next run, which looks at both addresses", async () => {
        await stack.preview(whole(), { expectNoChanges: true });
        await stack.up(whole(), "--expect-no-changes");
      });

      it("is there after a reboot", async () => {
        const boot = await asRoot(there, "cat /proc/sys/kernel/random/boot_id");
        await there.root("systemctl reboot");
        await until(async () => {
          const { code, stdout } = await there.ssh("cat /proc/sys/kernel/random/boot_id");
          return code === 0 && stdout.trim() !== boot;
        });
        await stack.preview(whole(), { expectNoChanges: true });
      });

      it("is changed beside the address over the same address", async () => {
        const changed = whole({ dns: [router.ip] });
        assert.match(said(await stack.preview(changed), "pi-lan").join("\n"), /-\s+ipv4.dns .*\n.*\+\s+ipv4.dns /);
        await stack.up(changed);
        assert.doesNotMatch(await asRoot(there, "cat /etc/resolv.conf"), /9\.9\.9\.9/);
        await stack.up(whole());
        await stack.preview(whole(), { expectNoChanges: true });
      });

      it("is what the Pi goes back to, as often as a change fails", async () => {
        const tries = "journalctl -o cat -u pulumi-mosquitto-pi-network.service | grep -c Started";
        const before = Number(await asRoot(there, tries));
        for (const times of [1, 2]) {
          assert.match(await stack.upFails(whole({ gateway: silent() })), GATEWAY);
          assert.equal(Number(await asRoot(there, tries)), before + times);
        }
        await stack.up(whole());
        await stack.preview(whole(), { expectNoChanges: true });
      });

      it("is put right when somebody has gone back to DHCP: the Pi is found where it was", async () => {
        const dhcp = `nmcli connection modify ${uuid} ipv4.method auto ipv4.addresses "" ipv4.gateway "" ipv4.dns ""`;
        await asRoot(
          there,
          `${dhcp}; systemd-run --quiet --on-active=1 --timer-property=AccuracySec=1ms nmcli device reapply host0`,
        );
        await until(() => isThere(host));
        const drift = said(await stack.preview(whole()), "pi-lan").join("\n");
        assert.match(drift, new RegExp(`drift on pi \\(${host.ip}\\)`));
        assert.match(drift, /ipv4\.method is auto, deployed was manual/);
        await stack.up(whole());
        assert.ok(await isThere(there));
        await stack.preview(whole(), { expectNoChanges: true });
      });

      it("is put right at the address when somebody has edited what belongs to it", async () => {
        await asRoot(there, `nmcli connection modify ${uuid} ipv4.dns 8.8.8.8 && nmcli device reapply host0`);
        const drift = said(await stack.preview(whole()), "pi-lan").join("\n");
        assert.match(drift, new RegExp(`drift on pi \\(${there.ip}\\): 1 thing not as deployed`));
        assert.match(drift, /ipv4\.dns is 8\.8\.8\.8, deployed was \S+,9\.9\.9\.9/);
        await stack.up(whole());
        assert.equal(await asRoot(there, "grep -v '^#' /etc/resolv.conf"), resolver());
        await stack.preview(whole(), { expectNoChanges: true });
      });

      it("stays when nobody comes back for the answer: the connection that brought a change is dead", async () => {
        const aside = { ...whole(ASIDE), hosts: { pi: piOf(there) } };
        const before = await settings(there);
        const up = await StartedUp.start(stack, aside);
        try {
          await up.until(/validating the new configuration/);
        } finally {
          up.killAll();
        }
        await arrives(ASIDE.address);
        await stack.project.pulumi(["cancel", "--yes"]);
        await until(() => isThere(there));
        await until(
          async () => (await there.root("systemctl -q is-active pulumi-mosquitto-pi-network.service")).code !== 0,
        );
        assert.equal(await settings(there), before);
        await stack.up(whole());
        await stack.project.refresh("--clear-pending-creates");
        await stack.preview(whole(), { expectNoChanges: true });
      });

      it("is another one later: from one fixed address to the next, and back", async () => {
        const next = there.at(there.ip.replace(/\d+$/, "81"));
        const move = (from: LabHost, to: LabHost) => ({
          ...whole({ address: `${to.ip}/24` }),
          hosts: { pi: piOf(from) },
        });
        const lost = await stack.upFails(move(host, next));
        const both = `${next.ip} or ${host.ip} could not be looked at: .*\n.*set connection.host to the one that it has`;
        assert.match(lost, new RegExp(both));
        await stack.up(move(there, next));
        assert.ok(await isThere(next));
        assert.equal(await isThere(there), false);
        await stack.preview(move(there, next), { expectNoChanges: true });
        await stack.up(move(next, there));
        assert.ok(await isThere(there));
        await stack.preview(whole(), { expectNoChanges: true });
      });

      it("stays, and destroy fails, when no DHCP server is there", async () => {
        await serveLeases(router, false);
        const { code, stdout, stderr } = await stack.project.destroy();
        assert.notEqual(code, 0);
        assert.match(stdout + stderr, /error: no DHCP server has answered on host0: it keeps its fixed address/);
        await serveLeases(router, true);
        assert.ok(await isThere(there));
        await stack.up(whole());
      });

      it("may get another name with an alias", async () => {
        const renamed = { ...whole(), networksFormerly: { pi: "pi-lan" } };
        await stack.up(renamed);
        await stack.preview(renamed, { expectNoChanges: true });
      });

      it("is given back with everything else by destroy", async () => {
        await stack.destroy();
        await until(() => isThere(host));
        await until(async () => !(await isThere(there)));
        const now = await asRoot(
          host,
          `nmcli -g ipv4.method,ipv4.addresses,ipv4.gateway,ipv4.dns,ipv6.method connection show ${uuid}`,
        );
        assert.equal(now.split("\n")[0], "auto");
        assert.equal(
          (await host.root("ls -d /var/lib/pulumi-mosquitto-pi /run/pulumi-mosquitto-pi.network")).stdout,
          "",
        );
      });
    });

    function wanted(what: Network): Spec {
      return { hosts: { pi: piOf(host) }, hostsOnly: true, networks: { pi: what } };
    }

    function whole(more: Partial<Network> = {}): Spec {
      return wanted({
        ...network,
        dns: [router.ip, "9.9.9.9"],
        searchDomain: "home.lan",
        ipv6: IPV6,
        device: "host0",
        ...more,
      });
    }

    function resolver(): string {
      return `search home.lan\nnameserver ${router.ip}\nnameserver 9.9.9.9`;
    }

    /** An address of the Pi's network that nobody has. */
    function silent(): string {
      return host.ip.replace(/\d+$/, "99");
    }

    /** Until the router finds the Pi in the network that is only theirs. */
    async function arrives(address: string): Promise<void> {
      await until(async () => (await router.ssh(`ping -c 1 -W 1 ${address.replace(/\/.*/, "")}`)).code === 0);
    }
  });

const GATEWAY = /error: gateway: expected a router that answers on host0, got silence from "\S+"; /;

/** The profile, what is on disk of it, and the address. */
function settings(host: LabHost): Promise<string> {
  return asRoot(
    host,
    `nmcli -g ipv4,ipv6 connection show "$(nmcli -g GENERAL.CON-UUID device show host0)"
    cat /etc/NetworkManager/system-connections/* | grep -v timestamp; ip -o address show dev host0 | grep -v 'inet6 fe80' | sed 's/valid_lft.*//; s/ tentative//'; ip route | sort`,
  );
}
