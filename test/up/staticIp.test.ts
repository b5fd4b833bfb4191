import assert from "node:assert/strict";

import { StartedUp } from "../chaos/startedUp";
import type { LabHost, Suite } from "../lab";
import type { Spec } from "./program/spec";
import { asRoot } from "./support/host";
import { until } from "./support/reloads";
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
import { ASIDE, IPV6, isThere, profile, serveLeases } from "./support/router";
import { said } from "./support/said";
import { piOf, Stack } from "./support/stack";

for (const suite of ["bookworm", "trixie"] satisfies Suite[])
  describe(`a fixed address on ${suite}`, function () {
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

    it("is foretold, taken, and the Pi is found there", async () => {
      const spec = whole();
      assert.match(
        said(await stack.preview(spec), "pi-lan").join("\n"),
        new RegExp(`^plan for pi \\(${host.ip}\\): .*confirmed by a login at ${there.ip}\n`, "m"),
      );
      const output = await stack.up(spec);
      assert.doesNotMatch(output, /warning: /);
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
        assert.match(await stack.upFails(whole({ gateway: silentBeside(host) })), SILENCE);
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
      await asRoot(router, `ip address add ${there.ip}/24 dev host0`);
      assert.match(await stack.upFails(whole()), new RegExp(`one that nobody has on host0, got "${there.ip}", which `));
      assert.ok(await isThere(host));
      await asRoot(router, `ip address del ${there.ip}/24 dev host0`);
      await stack.up(whole());
      assert.ok(await isThere(there));
      await stack.preview(whole(), { expectNoChanges: true });
    });

    it("is put right at the address when somebody has edited what belongs to it", async () => {
      await asRoot(there, `nmcli connection modify ${uuid} ipv4.dns 8.8.8.8 && nmcli device reapply host0`);
      const drift = said(await stack.preview(whole()), "pi-lan").join("\n");
      assert.match(drift, new RegExp(`drift on pi \\(${there.ip}\\): 2 things not as deployed`));
      assert.match(drift, /ipv4\.dns is 8\.8\.8\.8, deployed was \S+,9\.9\.9\.9/);
      await stack.up(whole());
      assert.equal(await asRoot(there, "grep -v '^#' /etc/resolv.conf"), resolver());
      await stack.preview(whole(), { expectNoChanges: true });
    });

    it("is put right when somebody has changed what is live only", async () => {
      const drift = async () => said(await stack.preview(whole()), "pi-lan").join("\n");
      await asRoot(there, `ip route replace default via ${silentBeside(host)} metric 5`);
      const gateways = `${silentBeside(host)},${router.ip}`;
      assert.match(await drift(), new RegExp(`live-ipv4\\.gateway is ${gateways}, deployed was ${router.ip}\n`));
      await asRoot(there, "nmcli device modify host0 ipv4.dns 8.8.8.8");
      assert.match(await drift(), /live-ipv4\.dns is 8\.8\.8\.8, deployed was \S+,9\.9\.9\.9/);
      await stack.up(whole());
      assert.equal(await asRoot(there, "grep -v '^#' /etc/resolv.conf"), resolver());
      assert.doesNotMatch(await asRoot(there, "ip route show default"), /metric 5 /);
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
      await arrives(router, ASIDE.address);
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

    it("is not given to another profile that somebody has made active", async () => {
      await asRoot(
        there,
        `nmcli connection add type ethernet ifname host0 con-name other ipv4.method manual ipv4.addresses ${there.ip}/24`,
      );
      await asRoot(there, "nmcli connection up other");
      assert.match(
        await stack.upFails({ ...whole(), networksFormerly: { pi: "pi-lan" } }),
        new RegExp(`error: device: expected host0, whose profile ${uuid} has the fixed address, got "host0"; destroy`),
      );
    });

    it("is given back with everything else by destroy, whichever profile is active", async () => {
      await stack.destroy();
      await asRoot(
        there,
        `systemd-run --quiet --on-active=1 sh -c "nmcli connection up ${uuid}; nmcli connection delete other"`,
      );
      await until(() => isThere(host));
      await until(async () => !(await isThere(there)));
      const now = await asRoot(
        host,
        `nmcli -g ipv4.method,ipv4.addresses,ipv4.gateway,ipv4.dns,ipv6.method connection show ${uuid}`,
      );
      assert.equal(now.split("\n")[0], "auto");
      assert.equal((await host.root("ls -d /var/lib/pulumi-mosquitto-pi /run/pulumi-mosquitto-pi.network")).stdout, "");
    });

    function whole(more: Partial<Network> = {}): Spec {
      return moved(host, {
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
  });
