import assert from "node:assert/strict";

import type { Connection, FirewallArgs } from "../../sdk";
import type { Lab, LabHost, Suite } from "../lab";
import { asRoot, differences } from "./support/host";
import { said } from "./support/said";
import { piOf, Stack } from "./support/stack";
import { Stream } from "./support/stream";
import { addIpv6, filter, knock, OPEN_PORT, serve, startVisited } from "./support/visitor";
import type { Spec } from "./program/spec";

type Firewall = Omit<FirewallArgs, "host">;

const NOT_IN_FORCE = "rules-in-force is no, deployed was yes";
const [PI6, VISITOR6] = ["fd00:77::80", "fd00:77::5"];

for (const suite of ["bookworm", "trixie"] satisfies Suite[])
  describe(`a firewall on ${suite}`, function () {
    this.timeout(300_000);
    let lab: Lab;
    let host: LabHost;
    let visitor: LabHost;
    let former: string;
    const stack = new Stack();

    before(async () => {
      ({ lab, host, visitor } = await startVisited(suite));
      await addIpv6(visitor, VISITOR6);
      await power(host);
      former = await filter(host);
    });

    after(async () => {
      await stack[Symbol.asyncDispose]();
      await lab.stop();
    });

    it("is foretold", async () => {
      const words = said(await stack.preview(spec()), "pi-firewall").join("\n");
      assert.match(words, new RegExp(`^plan for pi \\(${host.ip}\\): nothing of ours is there yet .*: installs ufw, `));
      assert.match(words, /then confirmed by a login through the new rules/);
      assert.match(words, /\+ +tls allow tcp 8883 any any/);
    });

    it("is refused when it would shut out who deploys, before anything changes", async () => {
      const printed = await stack.upFails(spec({ ssh: { from: ["192.0.2.0/24", "2001:db8::7"] } }));
      assert.match(
        printed,
        new RegExp(
          `error: ssh.from: expected a network that has the address you deploy from, "${lab.address}", got "192.0.2.0/24 2001:db8::7", which would shut you out`,
        ),
      );
      const twice = await stack.upFails(spec({ allow: [{ port: 22 }] }));
      assert.match(twice, /warning: allow\[0\]: 22\/tcp is refused by a Pi where SSH comes by it/);
      assert.match(twice, /error: allow: expected each port once, got 22\/tcp, by which SSH comes: it has `ssh`/);
      assert.equal(await knock(visitor, host.ip, OPEN_PORT), "open");
    });

    it("lets in SSH and the broker, and drops all else, over IPv4 and IPv6", async () => {
      await stack.up(spec());
      for (const address of [host.ip, PI6]) {
        assert.equal(await knock(visitor, address, 22), "open", address);
        assert.equal(await knock(visitor, address, 8883), "open", address);
        assert.equal(await knock(visitor, address, OPEN_PORT), "dropped", address);
      }
      assert.equal(await knock(host, visitor.ip, 22), "open", "what goes out goes");
      assert.match(await asRoot(host, "ufw status verbose"), /Default: deny \(incoming\), allow \(outgoing\)/);
      assert.match(await asRoot(host, "ufw status"), /8883\/tcp +ALLOW +Anywhere +# pulumi-mosquitto-pi tls/);
    });

    it("is nothing to do for the next run", async () => {
      await stack.preview(spec(), { expectNoChanges: true });
      await stack.up(spec(), "--expect-no-changes");
    });

    it("limits a listener to networks, while its clients stay connected, and what others have in the kernel", async () => {
      const outgoing = await connection(host, visitor);
      await asRoot(host, "iptables -N f2b-test; iptables -I INPUT -s 192.0.2.1 -j f2b-test; ip6tables -N f2b-test6");
      const { ca, passwords } = await stack.outputs();
      const server = { address: host.ip, hostnames: [host.ip] as const, caPem: ca };
      const stream = await Stream.start(server, { username: "app", password: String(passwords["app"]) }, "app/x");
      const network = spec({ listeners: { tls: { from: [`${lab.address}/32`, `${VISITOR6}/128`] } } });
      await stack.up(network);
      assert.deepEqual(
        [await knock(visitor, host.ip, 8883), await knock(visitor, PI6, 8883)],
        ["dropped", "open"],
        "only the networks that are said",
      );
      const { isOpen, acknowledged } = await stream.stop();
      assert.ok(isOpen && acknowledged > 0);
      assert.match(await asRoot(host, "iptables -S"), /^-A INPUT -s 192.0.2.1\/32 -j f2b-test$/m);
      assert.match(await asRoot(host, "ip6tables -S"), /^-N f2b-test6$/m);
      await outgoing.isAlive();
      await stack.preview(network, { expectNoChanges: true });
    });

    it("opens more ports, and limits how often strangers come by SSH, not who deploys or is exempt", async () => {
      const more = spec({
        ssh: { limit: { except: [VISITOR6] } },
        allow: [{ port: OPEN_PORT, from: [visitor.ip] }],
      });
      await stack.up(more);
      assert.equal(await knock(visitor, host.ip, OPEN_PORT), "open");
      assert.equal(await knock(visitor, host.ip, 8883), "open", "the listener has no limit any more");
      for (const [address, last] of [
        [host.ip, "refused"],
        [PI6, "open"],
      ] as const) {
        const answers: string[] = [];
        for (let i = 0; i < 8; i += 1) answers.push(await knock(visitor, address, 22));
        assert.deepEqual([answers[0], answers.at(-1)], ["open", last], address);
      }
      for (let i = 0; i < 8; i += 1) await asRoot(host, "true");
      await stack.preview(more, { expectNoChanges: true });
    });

    it("closes what is no longer said", async () => {
      await stack.up(spec());
      assert.equal(await knock(visitor, host.ip, OPEN_PORT), "dropped");
      assert.equal(await knock(visitor, host.ip, 22), "open");
    });

    it("is confirmed also when nobody looks at the Pi, whatever was deployed before", async () => {
      await stack.project.setConfig("mosquitto-pi:observe", "off");
      await stack.up(spec());
      await stack.up(spec({ allow: [{ port: OPEN_PORT }] }));
      await stack.project.setConfig("mosquitto-pi:observe", "warn");
      await stack.preview(spec({ allow: [{ port: OPEN_PORT }] }), { expectNoChanges: true });
      await stack.up(spec());
    });

    it("is there after a reboot", async () => {
      await host.reboot();
      await power(host);
      assert.equal(await knock(visitor, host.ip, OPEN_PORT), "dropped");
      assert.equal(await knock(visitor, host.ip, 8883), "open");
      await stack.preview(spec(), { expectNoChanges: true });
    });

    const mishaps: readonly (readonly [what: string, commands: readonly string[], drift: readonly string[]])[] = [
      ["has switched it off", ["ufw disable"], ["ufw is disabled, deployed was enabled", NOT_IN_FORCE]],
      [
        "has other rules and policies",
        [
          "ufw deny 8883/tcp",
          "ufw --force delete allow 22/tcp",
          "ufw default allow incoming",
          "sed -i s/^IPV6=.*/IPV6=no/ /etc/default/ufw",
          "systemctl --quiet disable ufw.service",
        ],
        [
          "rule-22/tcp is nothing, deployed was allow",
          "rule-8883/tcp is nothing, deployed was allow",
          "rule-8883/tcp(v6) is nothing, deployed was allow",
          "ufw-incoming is allow, deployed was deny",
          "ufw-ipv6 is no, deployed was yes",
          "ufw.service is disabled, deployed was enabled",
        ],
      ],
      [
        "has changed what is in the kernel only",
        ["iptables -D ufw-user-input -p tcp --dport 8883 -j ACCEPT", "ip6tables -P INPUT ACCEPT", "ip6tables -F INPUT"],
        ["rule-8883/tcp is allow, but not in force, deployed was allow", NOT_IN_FORCE],
      ],
      [
        "has deleted a rule in the kernel only",
        ["ip6tables -D ufw6-user-input -p tcp --dport 8883 -j ACCEPT"],
        ["rule-8883/tcp(v6) is allow, but not in force, deployed was allow"],
      ],
    ];
    for (const [what, commands, drift] of mishaps)
      it(`is put right when somebody ${what}`, async () => {
        await asRoot(host, commands.join(" && "));
        const told = said(await stack.preview(spec()), "pi-firewall").map((line) => line.trim());
        assert.deepEqual(
          drift.filter((line) => !told.includes(line)),
          [],
          told.join("\n"),
        );
        await stack.up(spec());
        await stack.preview(spec(), { expectNoChanges: true });
        for (const address of [host.ip, PI6])
          assert.deepEqual(
            [await knock(visitor, address, 8883), await knock(visitor, address, OPEN_PORT)],
            ["open", "dropped"],
          );
      });

    it("keeps rules of others and lists them, or refuses them", async () => {
      await asRoot(host, `ufw allow ${OPEN_PORT}/tcp && ufw deny from 192.0.2.0/24 to any app OpenSSH`);
      const told = said(await stack.preview(spec(), { expectNoChanges: true }), "pi-firewall").join("\n");
      assert.match(told, new RegExp(`^pi \\(${host.ip}\\) has rules of others, which stay: .*allow ${OPEN_PORT}/tcp`));
      const printed = await stack.upFails(spec({ exclusive: true }));
      assert.match(
        printed,
        new RegExp(`error: exclusive: expected no rules but ours on this host, got ".*allow ${OPEN_PORT}/tcp`),
      );
      await stack.up(spec({ allow: [{ port: OPEN_PORT }] }));
      assert.deepEqual((await stack.outputs()).otherRules, { pi: ["deny OpenSSH from 192.0.2.0/24"] });
      await stack.up(spec({ allow: [{ port: 1880 }] }));
      const { otherRules } = await stack.outputs();
      assert.deepEqual(otherRules["pi"], [`allow ${OPEN_PORT}/tcp`, "deny OpenSSH from 192.0.2.0/24"]);
      assert.equal(await knock(visitor, host.ip, OPEN_PORT), "open");
      await asRoot(host, `ufw delete allow ${OPEN_PORT}/tcp && ufw delete deny from 192.0.2.0/24 to any app OpenSSH`);
      const exclusive = spec({ exclusive: true });
      await stack.up(exclusive);
      await asRoot(host, `ufw allow ${OPEN_PORT}/tcp`);
      assert.match(
        said(await stack.preview(exclusive), "pi-firewall").join("\n"),
        new RegExp(`other-rule-allow-${OPEN_PORT}/tcp is there, deployed was nothing`),
      );
      assert.match(await stack.upFails(exclusive), /error: exclusive: expected no rules but ours on this host/);
      await asRoot(host, `ufw delete allow ${OPEN_PORT}/tcp`);
      await stack.preview(exclusive, { expectNoChanges: true });
    });

    it("lets SSH in by the port that is in use, once it is another one", async () => {
      await asRoot(host, "printf 'Port 22\\nPort 2222\\n' >/etc/ssh/sshd_config.d/ports.conf && systemctl restart ssh");
      const pi = piOf(host);
      const connection = { ...(pi.connection as Connection), port: 2222 };
      const moved = { ...spec(), hosts: { pi: { ...pi, connection } } };
      await stack.up(spec({ allow: [{ port: 2222 }] }));
      await stack.up(moved);
      assert.deepEqual([await knock(visitor, host.ip, 2222), await knock(visitor, host.ip, 22)], ["open", "dropped"]);
      await stack.preview(moved, { expectNoChanges: true });
    });

    it("is gone after destroy, ufw with it", async () => {
      await stack.destroy();
      assert.equal(await knock(visitor, host.ip, OPEN_PORT), "open");
      assert.deepEqual(differences(former, await filter(host)), []);
      const traces =
        "/etc/ufw/*.new /etc/ufw/ufw.conf /var/lib/pulumi-mosquitto-pi /run/pulumi-mosquitto-pi.firewall /run/*firewall-undo*";
      assert.equal((await host.root(`command -v ufw; ls -d ${traces}`)).stdout, "");
    });

    function spec(firewall: Firewall = {}): Spec {
      return {
        hosts: { pi: piOf(host) },
        users: { app: {} },
        rules: [{ everyone: true, access: "readwrite", topic: "app/#" }],
        firewalls: { pi: firewall },
      };
    }

    /** What the Pi is given anew at each boot. */
    async function power(pi: LabHost): Promise<void> {
      await addIpv6(pi, PI6);
      await serve(pi, OPEN_PORT);
    }
  });

/** A connection from one host to another, over which something goes now and then, as over a bridge. */
async function connection(from: LabHost, to: LabHost): Promise<{ isAlive(): Promise<void> }> {
  await serve(to, OPEN_PORT);
  const echo = `exec 3<>/dev/tcp/${to.ip}/${OPEN_PORT}; while echo ping >&3 && read -t 5 -u 3 line; do echo $line; sleep 0.5; done`;
  await asRoot(from, `systemd-run --quiet --unit=bridge bash -c '${echo}'`);
  return {
    async isAlive() {
      await asRoot(from, "sleep 1; systemctl is-active --quiet bridge && systemctl stop bridge");
    },
  };
}
