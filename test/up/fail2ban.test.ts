import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { Lab, type LabHost, type Suite } from "../lab";
import type { Spec } from "./program/spec";
import { Attacker, type Attempt, type Outcome } from "./support/attacks";
import { JAIL, JailedPi, LISTENERS, TLS, WATCH, type Way, WSS } from "./support/jailedPi";
import { BLIND, MUTE, OWN_FAIL2BAN, runsOnAsItWas, SEEING, TOLD } from "./support/fail2banOfOthers";
import { asRoot, differences, snapshot } from "./support/host";
import { until } from "./support/reloads";
import { Publisher } from "./support/publisher";
import { said } from "./support/said";
import { aimed, spoofedIds, spoofsInside, spoofsOutside } from "./support/spoofAttempts";
import { piOf, Stack } from "./support/stack";

for (const suite of ["bookworm", "trixie"] satisfies Suite[])
  describe(`a jail on ${suite}`, function () {
    this.timeout(300_000);
    let lab: Lab;
    let pi: LabHost;
    let victim: LabHost;
    let attacker: Attacker;
    let jailed: JailedPi;
    let atFirst: string;
    /** An address that is ignored. */
    let known: string;
    let spec: Spec;
    let password: string;
    let publisher: Publisher;
    const stack = new Stack();

    before(async () => {
      lab = await Lab.start([
        { name: "pi", suite },
        { name: "attacker", suite: "bookworm" },
        { name: "victim", suite: "bookworm" },
      ]);
      [pi, victim] = [lab.host("pi"), lab.host("victim")];
      attacker = await Attacker.on(lab.host("attacker"));
      jailed = new JailedPi(pi, attacker);
      known = await attacker.address();
      if (suite === "trixie") await asRoot(pi, OWN_FAIL2BAN);
      atFirst = await snapshot(pi);
      spec = {
        hosts: { pi: piOf(pi) },
        users: { sensor: {}, relay: { certificate: true } },
        rules: [{ everyone: true, access: "readwrite", topic: "home/#" }],
        broker: { hostnames: ["mqtt-pi.local"], listeners: { tls: {}, mutualTls: {}, websockets: {} } },
        jail: { maxRetry: 5, findTime: "5m", banTime: "1h", ignoreIps: [known], sshd: { maxRetry: 1 } },
      };
    });

    after(async () => {
      await stack[Symbol.asyncDispose]();
      await lab.stop();
    });

    if (suite === "bookworm")
      it("leaves nothing that runs where it cannot be made", async () => {
        await asRoot(pi, `mkdir -p /etc/fail2ban/filter.d; ${BLIND}`);
        assert.match(
          await stack.upFails(spec),
          /error: the jail's filter matches 0 of 3 failed logins that were made here/,
        );
        const units = `fail2ban ${WATCH}`;
        assert.equal((await pi.root(`systemctl is-active ${units}`)).stdout, "inactive\ninactive\n");
        assert.equal(
          (await pi.root(`ls -d /etc/systemd/system/*/${WATCH}* /etc/systemd/system/${WATCH}* `)).stdout,
          "",
        );
        assert.doesNotMatch((await pi.root("nft list ruleset")).stdout, /f2b/);
        await asRoot(pi, SEEING);
      });

    it("is foretold, made, and then there is nothing to do", async () => {
      const plan = said(await stack.preview(spec), "pi-jail").join("\n");
      assert.match(plan, /writes 4 files, then failing to log in on each listener, for the jail to see it$/m);
      await stack.up(spec);
      password = (await stack.outputs()).passwords["sensor"] ?? "";
      await stack.preview(spec, { expectNoChanges: true });
      await stack.up(spec, "--expect-no-changes");
    });

    it("runs for SSH too, and starts at boot", async () => {
      assert.match(await asRoot(pi, "fail2ban-client status"), new RegExp(`Jail list:\\s+${JAIL}, sshd`));
      assert.equal(await asRoot(pi, `systemctl is-enabled fail2ban ${WATCH}`), "enabled\nenabled");
    });

    it("bans who fails at SSH, and nobody of whom others say so", async () => {
      const source = await attacker.address();
      const says = `Invalid user x from ${victim.ip} port 40000`;
      const logs = `logger -t sshd '${says}'; cp /usr/bin/logger /tmp/sshd; /tmp/sshd -t 'sshd[1]' '${says}'; rm /tmp/sshd`;
      assert.equal((await pi.ssh(`${logs}; ${logs}; ${logs}`)).code, 0);
      await asRoot(
        lab.host("attacker"),
        `! ssh -b ${source} -o StrictHostKeyChecking=no -o BatchMode=yes guess@${pi.ip}`,
      );
      await until(async () => (await jailed.banned("sshd")).includes(source));
      assert.deepEqual(
        await attacker.tries({ ...jailed.attempt(source, TLS), port: 22, raw: "SSH-2.0-x\r\n", seconds: 2 }),
        ["silence"],
      );
      assert.equal((await jailed.banned("sshd")).includes(victim.ip), false);
      await asRoot(pi, `fail2ban-client set sshd unbanip ${source}`);
    });

    it("bans who fails five times, by every way, and nobody else", async () => {
      const publisher = await Publisher.start(victim, pi, await stack.outputs());
      for (const way of LISTENERS.flatMap((it): Way[] => [it, { ...it, version: 5 }]))
        await jailed.bans(await attacker.address(), way);
      const { failed, published } = await publisher.stop();
      assert.deepEqual([failed, published > 10], [0, true]);
    });

    it("does not ban who fails less often and then gets in", async () => {
      const source = await attacker.address();
      const wrong = jailed.attempt(source, TLS);
      await attacker.tries(wrong, wrong, wrong, wrong);
      const right = { ...wrong, user: "sensor", password };
      assert.deepEqual(await attacker.tries(right, right, right, right, right, right), [0, 0, 0, 0, 0, 0]);
      await until(async () => (await jailed.failuresOf(source)).length === 4);
      assert.deepEqual(await attacker.tries(right), [0]);
      assert.equal((await jailed.failuresOf(source)).length, 4);
    });

    it("counts who does not hang up after the refusal once", async () => {
      const source = await attacker.address();
      assert.deepEqual(await attacker.tries({ ...jailed.attempt(source, TLS), lingers: 4 }), [5]);
      await until(async () => (await jailed.failuresOf(source)).length > 0);
      await asRoot(pi, "sleep 4");
      assert.equal((await jailed.failuresOf(source)).length, 1);
    });

    it("does not count who has waited for a busy broker in vain", async () => {
      const source = await attacker.address();
      const wrong = jailed.attempt(source, TLS);
      const waits: Attempt[] = Array.from({ length: 6 }, () => ({ ...wrong, user: "sensor", password, seconds: 1 }));
      await asRoot(pi, "systemctl kill --signal=STOP mosquitto");
      try {
        assert.deepEqual(await attacker.tries(...waits), Array(6).fill("silence"));
      } finally {
        await asRoot(pi, "systemctl kill --signal=CONT mosquitto");
      }
      assert.deepEqual(await attacker.tries(wrong), [5]);
      await until(async () => (await jailed.failuresOf(source)).length > 0);
      assert.equal((await jailed.failuresOf(source)).length, 1);
    });

    it("bans an IPv6 address as well", async () => {
      const [there, source] = ["fd00:77::57", "fd00:77::66"];
      await asRoot(pi, `ip address add ${there}/64 dev host0 nodad`);
      await asRoot(lab.host("attacker"), `ip address add ${source}/64 dev host0 nodad`);
      await jailed.bans(source, WSS, there);
    });

    it("never bans who is known, nor the address that deploys, at SSH neither", async () => {
      const outcomes = await attacker.tries(...Array.from({ length: 7 }, () => jailed.attempt(known, TLS)));
      assert.deepEqual(outcomes, Array(7).fill(5));
      await until(async () => (await jailed.failuresOf(known)).length === 7);
      assert.equal(await asRoot(pi, "cat /var/lib/pulumi-mosquitto-pi/fail2ban/deployer"), lab.address);
      assert.equal((await jailed.banned()).includes(known), false);
      const attack = join(__dirname, "support/attack.py");
      const tries = JSON.stringify(Array.from({ length: 6 }, () => jailed.attempt(lab.address, TLS)));
      assert.equal(spawnSync("python3", [attack], { input: tries, encoding: "utf8" }).stdout, "5\n".repeat(6));
      const anyHost = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
      spawnSync("ssh", [...anyHost, "-o", "BatchMode=yes", `guess@${pi.ip}`]);
      await until(async () => (await jailed.failuresOf(lab.address)).length === 6);
      for (const jail of [JAIL, "sshd"]) {
        const ignores = `grep -F '[${jail}] Ignore ${lab.address} by command' /var/log/fail2ban.log`;
        await until(async () => (await pi.root(ignores)).code === 0);
        assert.equal((await jailed.banned(jail)).includes(lab.address), false);
      }
    });

    it("is not misled by what clients call themselves or others", async () => {
      const attempts = spoofsOutside((way) => jailed.attempt(known, way));
      const inside = spoofsInside((way) => ({ ...jailed.attempt(known, way), password }));
      const all = aimed([...attempts, ...inside]);
      const before = (await jailed.failuresOf(known)).length;
      const outcomes: Outcome[] = [];
      for (let i = 0; i < all.length; i += 60) outcomes.push(...(await attacker.tries(...all.slice(i, i + 60))));
      const expected = outcomes.filter((outcome) => outcome !== 0).length;
      assert.ok(outcomes.slice(attempts.length).filter((outcome) => outcome === 0).length >= 30);
      assert.ok(outcomes.slice(0, attempts.length).every((outcome) => outcome !== 0));
      await until(async () => (await jailed.failuresOf(known)).length >= before + expected);
      assert.equal((await jailed.failuresOf(known)).length, before + expected);
      await onlyOurs();
    });

    it("is not misled by those whom it bans", async () => {
      const [sources, attempts]: [string[], Attempt[]] = [[], []];
      for (const ids of spoofedIds(5)) {
        const source = await attacker.address();
        const way = sources.push(source) % 2 === 0 ? TLS : WSS;
        attempts.push(...ids.map((id) => ({ ...jailed.attempt(source, way), id })));
      }
      assert.equal((await attacker.tries(...attempts)).includes(0), false);
      await until(async () => {
        const now = await jailed.banned();
        return sources.every((source) => now.includes(source));
      });
      await onlyOurs();
    });

    it("goes by the address that comes, not by one that a header names", async () => {
      const source = await attacker.address();
      const lie = { ...jailed.attempt(source, WSS), forwarded: `${victim.ip}:1 as x` };
      await attacker.tries(lie, lie, lie, lie, lie);
      await until(async () => (await jailed.banned()).includes(source));
      await onlyOurs();
    });

    it("starts a device that comes and goes all the time", async () => {
      publisher = await Publisher.start(victim, pi, await stack.outputs());
    });

    for (const [what, command] of [
      ["the broker restarts", "systemctl restart mosquitto"],
      ["fail2ban restarts", "systemctl restart fail2ban"],
      [
        "the watch is killed",
        `systemctl kill --signal=KILL ${WATCH}; until systemctl is-active ${WATCH}; do sleep 0.5; done`,
      ],
      ["the log is rotated", "logrotate --force /etc/logrotate.d/mosquitto"],
      [
        "the log's folder is gone, and the broker starts",
        "systemctl stop mosquitto; rm -r /var/log/mosquitto; systemctl start mosquitto",
      ],
    ] as const)
      it(`goes on when ${what}`, async () => {
        const before = await jailed.banned();
        const { failed, published } = await publisher.sofar();
        await asRoot(pi, command);
        await jailed.isAtWork();
        await until(async () => (await publisher.sofar()).published > published + 10);
        if (!command.endsWith("start mosquitto")) assert.equal((await publisher.sofar()).failed, failed);
        await jailed.bans(await attacker.address(), TLS);
        const now = await jailed.banned();
        assert.deepEqual(
          before.filter((address) => !now.includes(address)),
          [],
        );
      });

    it("has blamed the device for none of that", async () => {
      await publisher.stop();
      await onlyOurs();
    });

    it("is there after a reboot", async () => {
      await pi.reboot();
      await jailed.isAtWork();
      await jailed.bans(await attacker.address(), WSS);
      await stack.preview(spec, { expectNoChanges: true });
    });

    it("lets an address in again when its time is over, and bans it for longer then", async () => {
      const { sshd, ...jail } = spec.jail ?? {};
      assert.ok(sshd);
      // bookworm's host has no iptables yet, and what is installed for a while stays.
      const action = suite === "trixie" ? "iptables" : "nftables";
      await stack.up({ ...spec, jail: { ...jail, banTime: "10s", increment: true, action } });
      assert.match(await asRoot(pi, "fail2ban-client get sshd actions"), new RegExp(action));
      const source = await attacker.address();
      await jailed.bans(source, TLS);
      await until(async () => (await attacker.tries({ ...jailed.attempt(source, TLS), seconds: 2 }))[0] === 5);
      await attacker.tries(...Array.from({ length: 5 }, () => ({ ...jailed.attempt(source, TLS), seconds: 1 })));
      await until(async () => (await jailed.banned()).includes(source));
      assert.match(
        await asRoot(pi, `fail2ban-client get ${JAIL} banip --with-time`),
        new RegExp(`${source} .* \\+ 20 =`),
      );
      await stack.up(spec);
    });

    it("is put right when somebody has stopped it, or given fail2ban other limits", async () => {
      await asRoot(pi, `systemctl stop ${WATCH}; fail2ban-client set ${JAIL} maxretry 99`);
      const drift = said(await stack.preview(spec), "pi-jail").join("\n");
      assert.match(drift, new RegExp(`${WATCH}.service is stopped`));
      assert.match(drift, /pulumi-mosquitto.maxretry is 99, deployed was 5/);
      await stack.up(spec);
      await stack.preview(spec, { expectNoChanges: true });
      assert.equal(await asRoot(pi, `fail2ban-client get ${JAIL} maxretry`), "5");
    });

    it("is not made when it would see nothing, and the one before goes on", async () => {
      await asRoot(pi, BLIND);
      const printed = await stack.upFails({ ...spec, jail: { ...spec.jail, maxRetry: 4 } });
      assert.match(printed, /error: the jail's filter matches 0 of 3 failed logins that were made here/);
      await asRoot(pi, SEEING);
      await stack.up(spec);
      await jailed.bans(await attacker.address(), TLS);
    });

    it("is not made when the kernel tells it nothing, which it says", async () => {
      await asRoot(pi, MUTE);
      const printed = await stack.upFails({ ...spec, jail: { ...spec.jail, findTime: "6m" } });
      assert.match(
        printed,
        /got "error: expected that the kernel tells of connections, got "Address family not supported by protocol"; on the host: sudo modprobe tcp_diag/,
      );
      await asRoot(pi, TOLD);
      await stack.up(spec);
      await jailed.bans(await attacker.address(), TLS);
    });

    it("is its own user's, who may do nothing, and whom the broker's cannot stop", async () => {
      const watch = `pid=$(pgrep -f '^python3 .*watch\\.py'); `;
      const status = await asRoot(pi, `${watch} grep -E '^(Uid|CapEff|CapPrm|CapAmb|NoNewPrivs)' /proc/$pid/status`);
      assert.match(status, /CapPrm:\t0{16}\nCapEff:\t0{16}\nCapAmb:\t0{16}\nNoNewPrivs:\t1/);
      const stop = await pi.root(`${watch} setpriv --reuid mosquitto --clear-groups sh -c "kill -STOP $pid"`);
      assert.match(stop.stderr, /Operation not permitted/);
    });

    it("is as fenced in as it can be", async () => {
      const printed = await asRoot(pi, `systemd-analyze security --no-pager ${WATCH} | tail -n 1`);
      const exposure = Number(/: ([0-9.]+) /.exec(printed)?.[1]);
      assert.ok(exposure <= 1.2, printed);
    });

    it("gives back what was there", async () => {
      await stack.destroy();
      if (suite === "trixie") await runsOnAsItWas(pi);
      assert.deepEqual(
        differences(atFirst, await snapshot(pi)).filter((line) => line !== "+ mosquitto"),
        [],
      );
      assert.doesNotMatch((await pi.root("nft list ruleset")).stdout, new RegExp(JAIL));
    });

    /** Nothing was ever said of an address that has not attacked. */
    async function onlyOurs(): Promise<void> {
      const own = new RegExp(
        `^failed login from (127\\.0\\.0\\.1|fd00:77::66|${lab.address.replace(/\d+$/, "1(\\d\\d)?")}) port `,
      );
      assert.deepEqual(
        (await jailed.failures()).filter((line) => !own.test(line)),
        [],
      );
    }
  });
