import assert from "node:assert/strict";

import type { FirewallArgs } from "../../sdk";
import { confirmScript } from "../../sdk/host/scripts";
import type { Lab, LabHost, Suite } from "../lab";
import { asRoot, differences } from "./support/host";
import { until } from "./support/reloads";
import { piOf, Stack } from "./support/stack";
import { filter, knock, OPEN_PORT, serve, startVisited } from "./support/visitor";
import type { Spec } from "./program/spec";

/** For what nobody will confirm. */
const IMPATIENT = { confirmWithin: "15s" } as const;

/** A Pi whose owner had ufw before, with rules of their own. */
for (const suite of ["bookworm", "trixie"] satisfies Suite[])
  describe(`a firewall on ${suite} that somebody had before`, function () {
    this.timeout(300_000);
    let lab: Lab;
    let host: LabHost;
    let visitor: LabHost;
    let former: string;
    const stack = new Stack();

    before(async () => {
      ({ lab, host, visitor } = await startVisited(suite));
      await asRoot(host, "apt-get -qq update && apt-get -qq install -y --no-install-recommends ufw >/dev/null 2>&1");
    });

    after(async () => {
      await stack[Symbol.asyncDispose]();
      await lab.stop();
    });

    describe("whose rules would shut out who deploys", () => {
      before(async () => {
        await asRoot(host, `ufw deny from ${lab.address} && ufw allow 22/tcp`);
        await serve(host, OPEN_PORT);
        former = await filter(host);
      });

      it("is taken back by itself, and nothing is left of it", async () => {
        const run = "/run/pulumi-mosquitto-pi.firewall";
        const early = host.root(
          `until [ -e ${run}/changed ]; do sleep 0.2; done; sh -s firewall confirm - "$(cat ${run}/id)"`,
          { stdin: confirmScript() },
        );
        const printed = await stack.upFails(spec(IMPATIENT));
        const { code, stdout } = await early;
        assert.equal(code, 75, "a connection from before the change is told a word, and confirms nothing");
        assert.match(stdout, /^[0-9a-f-]{36}\n$/);
        assert.match(printed, /rules of others, which stay: deny everything from/);
        assert.match(printed, /error: ssh: expected a new login on port 22 within 15 seconds, got none/);
        assert.match(printed, /the change was taken back/);
        await isAsBefore();
        assert.equal((await host.root("test -e /var/lib/pulumi-mosquitto-pi/firewall/identity")).code, 1);
      });

      it("is taken back when the power is cut before it is confirmed", async () => {
        const failing = stack.upFails(spec(IMPATIENT));
        await until(async () => (await knock(visitor, host.ip, OPEN_PORT)) === "dropped");
        await host.cut();
        await host.boot();
        assert.match(await failing, /the host was restarted/);
        await serve(host, OPEN_PORT);
        await isAsBefore();
      });

      if (suite === "trixie")
        it("is taken back by systemd when nobody else is left to do it", async () => {
          const kill = "systemctl kill --signal=KILL pulumi-mosquitto-pi-firewall.service";
          const wait = "until [ -e /run/pulumi-mosquitto-pi.firewall/changed ]; do sleep 0.2; done";
          await asRoot(host, `systemd-run --quiet sh -c "${wait}; ${kill}"`);
          await stack.upFails(spec(IMPATIENT));
          // One can log in before all chains are gone.
          const undo = "pulumi-mosquitto-pi-firewall-undo";
          await until(async () => (await host.root(`systemctl -q is-active ${undo}.timer ${undo}.service`)).code !== 0);
          await isAsBefore();
        });

      async function isAsBefore(): Promise<void> {
        assert.deepEqual(differences(former, await filter(host)), []);
        assert.equal(await knock(visitor, host.ip, OPEN_PORT), "open");
      }
    });

    describe("that was on", () => {
      before(async () => {
        const rules = [
          `delete deny from ${lab.address}`,
          "allow 22/tcp comment 'mine'",
          "deny from 192.0.2.9",
          "deny 8883/tcp",
          "limit log 1880/tcp",
          "default allow incoming",
          "--force enable",
        ];
        await asRoot(host, `${rules.map((rule) => `ufw ${rule}`).join(" && ")}; touch /etc/ufw/user.rules.old`);
        former = await filter(host);
      });

      it("is as it was when its files are written only in part", async () => {
        const mv = "/usr/local/bin/mv";
        await host.writeFile(
          mv,
          '#!/bin/sh\ncase "$*" in *default/ufw.*.new*) echo "no room" >&2; exit 1 ;; esac\nexec /bin/mv "$@"\n',
        );
        await asRoot(host, `chmod 0755 ${mv}`);
        const printed = await stack.upFails(spec(IMPATIENT));
        await asRoot(host, `rm ${mv}`);
        assert.match(printed, /no room\n.*error: ufw: expected room and leave to write its files in \/etc, got none/);
        assert.deepEqual(differences(former, await filter(host)), []);
        assert.equal(
          (
            await host.root(
              "ls /etc/ufw/*.new /etc/ufw/*.rules.*.old /etc/default/ufw.* /var/lib/pulumi-mosquitto-pi/firewall/written",
            )
          ).stdout,
          "",
        );
      });

      it("is ours from now on, with what others had beside it", async () => {
        await stack.up(spec({ ssh: { limit: true }, allow: [{ port: 1880 }] }));
        assert.equal(await knock(visitor, host.ip, 8883), "refused", "let in: nobody listens");
        assert.equal(await knock(visitor, host.ip, OPEN_PORT), "dropped");
        assert.deepEqual((await stack.outputs()).otherRules, { pi: ["deny everything from 192.0.2.9"] });
        await stack.preview(spec({ ssh: { limit: true }, allow: [{ port: 1880 }] }), { expectNoChanges: true });
      });

      if (suite === "bookworm")
        it("goes back to what was confirmed last, when a change is not", async () => {
          const deployed = await filter(host);
          await asRoot(host, `ufw insert 1 deny from ${lab.address} && ufw disable`);
          assert.match(
            await stack.upFails(spec(IMPATIENT)),
            /error: ssh: expected a new login on port 22 within 15 seconds/,
          );
          await asRoot(host, `ufw delete deny from ${lab.address}`);
          await stack.up(spec({ ssh: { limit: true }, allow: [{ port: 1880 }] }));
          assert.deepEqual(differences(deployed, await filter(host)), []);
        });

      it("is given back by destroy as it was, rule by rule", async () => {
        await asRoot(host, "ufw allow 81/tcp");
        await stack.destroy();
        await asRoot(host, "ufw delete allow 81/tcp");
        assert.deepEqual(differences(former, await filter(host)), []);
        assert.equal(await asRoot(host, "ufw status | grep -c pulumi || :"), "0");
        await asRoot(host, "rm /etc/ufw/user.rules.old");
        assert.equal(await knock(visitor, host.ip, OPEN_PORT), "open");
      });
    });

    describe("beside a fixed address", () => {
      before(() => serve(host, 9998));

      it("is set up where the Pi is by then", async () => {
        const there = host.ip.replace(/\d+$/, "80");
        const both = { ...spec(), networks: { pi: { address: `${there}/24`, gateway: lab.address } } };
        await stack.up(both);
        assert.deepEqual([await knock(visitor, there, 22), await knock(visitor, there, 9998)], ["open", "dropped"]);
        await stack.preview(both, { expectNoChanges: true });
        await stack.destroy();
        await until(async () => (await knock(visitor, host.ip, 9998)) === "open");
      });
    });

    function spec(firewall: Omit<FirewallArgs, "host"> = {}): Spec {
      const broker = { listeners: [{ name: "tls" as const, port: 8883 }] };
      return {
        hosts: { pi: piOf(host) },
        hostsOnly: true,
        firewalls: { pi: { broker, ...firewall } },
      };
    }
  });
