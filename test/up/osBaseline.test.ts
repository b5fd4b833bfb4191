import assert from "node:assert/strict";

import { StartedUp } from "../chaos/startedUp";
import { Lab, type LabHost, type Suite } from "../lab";
import type { Spec } from "./program/spec";
import { publish } from "./support/archive";
import { hasTimeService, synchronizes, synchronizesNoMore } from "./support/clock";
import { shadowed } from "./support/faults";
import { asRoot, differences, snapshot } from "./support/host";
import { until } from "./support/reloads";
import { said } from "./support/said";
import { piOf, Stack } from "./support/stack";

type System = NonNullable<Spec["systems"]>[string];

/** A package's script that takes its time. */
const SLOW = "touch /run/slow; while [ -e /run/slow ]; do sleep 0.2; done";

/** What dpkg does to the broker's TLS library when it upgrades that. */
const OTHER_LIBRARY =
  "library=$(realpath /usr/lib/*/libssl.so.3); cp -a $library $library.new; mv $library.new $library";

const SYSTEM: System = { hostname: "mqtt-pi", timezone: "Asia/Tokyo" };

for (const suite of ["bookworm", "trixie"] satisfies Suite[])
  describe(`the operating system of a Pi on ${suite}`, function () {
    this.timeout(300_000);
    let lab: Lab;
    let host: LabHost;
    let twin: LabHost;
    let bare: string;
    let former: string;
    const stack = new Stack();

    before(async () => {
      lab = await Lab.start([
        { name: "pi", suite },
        { name: "twin", suite: "bookworm" },
      ]);
      [host, twin] = [lab.host("pi"), lab.host("twin")];
      await asRoot(
        host,
        "apt-get -qq update && apt-get -qq dist-upgrade -y >/dev/null && apt-get -qq install -y python3 xz-utils >/dev/null",
      );
      await hasTimeService(host);
      await asRoot(twin, "apt-get -qq update && apt-get -qq install -y --no-install-recommends avahi-utils >/dev/null");
      await publish(host, "Debian-Security", "lab-library", "1.0");
      await asRoot(host, "apt-get -qq install -y lab-library >/dev/null");
      bare = await snapshot(host);
      former = await settings();
    });

    after(async () => {
      await stack[Symbol.asyncDispose]();
      await lab.stop();
    });

    describe("that cannot be", () => {
      it("is as it was when no time server answers", async () => {
        // Its patience is counted in tries.
        const printed = await shadowed(host, "sleep", "exit", () => stack.upFails(wanted(SYSTEM)));
        assert.match(printed, /error: timeSync: expected that the clock is synchronized within 60 seconds, got none/);
        assert.equal(await settings(), former);
        await synchronizes(host);
      });

      it("is as it was when somebody else has the name", async () => {
        await call(twin, "mqtt-pi");
        const printed = await stack.upFails(wanted(SYSTEM));
        await call(twin, "twin");
        assert.match(
          printed,
          /error: hostname: expected that the network finds this host as mqtt-pi\.local, got "mqtt-pi-2\.local"; /,
        );
        assert.equal(await settings(), former);
      });

      if (suite === "trixie")
        it("is refused where the release does not know the time zone", async () => {
          const printed = await stack.upFails(wanted({ ...SYSTEM, timezone: "US/Eastern" }));
          assert.match(printed, /error: timezone: expected one that this release knows, got "US\/Eastern"; /);
          assert.equal(await settings(), former);
        });
    });

    describe("that is right", () => {
      it("is foretold, and found by its name in the network", async () => {
        const plan = said(await stack.preview(wanted(SYSTEM)), "pi-os").join("\n");
        assert.match(plan, /writes 1 file\n.*settings/);
        assert.match(plan, /\+ hostname mqtt-pi\n +\+ timezone Asia\/Tokyo\n/);
        await stack.up(wanted(SYSTEM));
        assert.deepEqual((await stack.outputs()).hostnames, { pi: "mqtt-pi" });
        assert.equal(await resolved(), host.ip);
        assert.equal(
          await asRoot(host, "date +%Z; hostname; getent hosts mqtt-pi"),
          "JST\nmqtt-pi\n127.0.1.1       mqtt-pi",
        );
      });

      it("is nothing to do for the next run", async () => {
        await stack.preview(wanted(SYSTEM), { expectNoChanges: true });
        await stack.up(wanted(SYSTEM), "--expect-no-changes");
      });

      it("is told and put right when somebody has changed it", async () => {
        const commands = [
          "hostnamectl set-hostname other",
          "timedatectl set-timezone UTC",
          "timedatectl set-ntp no",
          "systemctl stop avahi-daemon.socket avahi-daemon.service 2>/dev/null",
        ];
        await asRoot(host, commands.join("; "));
        const drift = said(await stack.preview(wanted(SYSTEM)), "pi-os").join("\n");
        assert.match(drift, /hostname is other, deployed was mqtt-pi\n/);
        assert.match(drift, /timezone is UTC, deployed was Asia\/Tokyo\n/);
        assert.match(drift, /time-sync is no, deployed was yes\n/);
        assert.match(drift, /avahi-daemon\.service is stopped/);
        await stack.up(wanted(SYSTEM));
        assert.equal(await resolved(), host.ip);
        await stack.preview(wanted(SYSTEM), { expectNoChanges: true });
      });

      it("gets security updates, and no others, when there are any", async () => {
        const secure = wanted({ ...SYSTEM, upgrade: "security" });
        await publish(host, "Debian", "lab-tool", "1.0");
        await asRoot(host, "apt-get -qq install -y lab-tool >/dev/null");
        await stack.up(secure);
        await stack.preview(secure, { expectNoChanges: true });
        await publish(host, "Debian", "lab-tool", "1.1");
        await publish(host, "Debian-Security", "lab-library", "1.1");
        const drift = said(await stack.preview(secure), "pi-os").join("\n");
        assert.match(drift, /: 1 thing not as deployed; .*\n +package lab-library is to be upgraded to 1\.1\n/);
        await stack.up(secure);
        assert.equal(await versions(), "lab-library 1.1 lab-tool 1.0");
        await stack.preview(secure, { expectNoChanges: true });
      });

      it("gets all upgrades where that is wanted, but none that somebody holds", async () => {
        const full = wanted({ ...SYSTEM, upgrade: "full" });
        await publish(host, "Debian", "lab-library", "1.2");
        await asRoot(host, "apt-mark hold lab-library");
        await stack.up(full);
        assert.equal(await versions(), "lab-library 1.1 lab-tool 1.1");
        await stack.preview(full, { expectNoChanges: true });
        await asRoot(host, "apt-mark unhold lab-library");
        assert.match(
          said(await stack.preview(full), "pi-os").join("\n"),
          /package lab-library is to be upgraded to 1\.2\n/,
        );
      });

      it("is cut off while dpkg is at work, and killed besides: the next run waits for dpkg, and goes on", async () => {
        const full = wanted({ ...SYSTEM, upgrade: "full" });
        await publish(host, "Debian", "lab-tool", "1.2", SLOW);
        const first = stack.upFails(full);
        await until(async () => (await host.root("test -e /run/slow")).code === 0);
        await host.root("pkill -KILL -u pi -f ^sshd");
        await first;
        await asRoot(host, "kill -KILL -- -$(pgrep -of '^timeout -k 30')");
        assert.match(
          said(await stack.preview(full), "pi-os").join("\n"),
          /package lab-tool is (half-configured|unpacked)\n/,
        );
        const next = await StartedUp.start(stack, full);
        const waiting = /waiting until the packages of an interrupted deployment are installed/;
        await next.until(waiting);
        assert.match(next.printed, waiting);
        await asRoot(host, "rm /run/slow");
        assert.equal(await next.ended, 0);
        assert.equal(await asRoot(host, "dpkg --audit"), "");
        assert.equal(await versions(), "lab-library 1.2 lab-tool 1.2");
        await stack.project.refresh("--clear-pending-creates");
        await stack.preview(full, { expectNoChanges: true });
      });

      it("says that it has to be restarted, and restarts where that is wanted, before a broker is set up", async () => {
        await publish(host, "Debian-Security", "firmware-lab", "1.0");
        await asRoot(host, "apt-get -qq install -y firmware-lab >/dev/null");
        await publish(host, "Debian-Security", "firmware-lab", "1.1");
        assert.match(
          await stack.up(wanted({ ...SYSTEM, upgrade: "security" })),
          /this host has to be restarted before all upgrades take effect/,
        );
        const boot = await bootId();
        const restarting = { ...SYSTEM, upgrade: "security", rebootIfRequired: true } as const;
        const spec = {
          ...wanted(restarting),
          hostsOnly: false,
          users: { admin: {} },
          rules: [{ user: "admin", access: "readwrite", topic: "home/#" }],
          broker: { hostnames: ["mqtt-pi.local"] },
        } satisfies Spec;
        await stack.up(spec);
        assert.notEqual(await bootId(), boot);
        assert.equal((await stack.outputs()).urls["pi"]?.["tls"], "mqtts://mqtt-pi.local:8883");
        await stack.preview(spec, { expectNoChanges: true });
        await asRoot(host, OTHER_LIBRARY);
        const drift = said(await stack.preview(spec), "pi-os").join("\n");
        assert.match(drift, /restart-required is yes, deployed was nothing/);
        await isKilledWhileItRestarts(spec);
        await stack.up(spec);
        await stack.project.refresh("--clear-pending-creates");
        await stack.preview(spec, { expectNoChanges: true });
      });

      it("installs security updates by itself where that is wanted, and no longer where it is not", async () => {
        const daily = wanted({ ...SYSTEM, unattendedUpgrades: { rebootAt: "04:00" } });
        await stack.up(daily);
        await publish(host, "Debian", "lab-tool", "1.3");
        await publish(host, "Debian-Security", "lab-library", "1.3");
        await asRoot(host, "unattended-upgrade");
        assert.equal(await versions(), "lab-library 1.3 lab-tool 1.2");
        assert.equal(
          await asRoot(host, "systemctl is-active apt-daily.timer apt-daily-upgrade.timer"),
          "active\nactive",
        );
        await stack.preview(daily, { expectNoChanges: true });
        await host.writeFile("/etc/apt/apt.conf.d/99zz", 'APT::Periodic::Enable "0";\n');
        assert.match(
          said(await stack.preview(daily), "pi-os").join("\n"),
          /unattended-upgrades is APT::Periodic::Enable "0", deployed was as wanted/,
        );
        assert.match(
          await stack.upFails(daily),
          /error: unattendedUpgrades: expected .*, got APT::Periodic::Enable "0" by another file in \/etc\/apt/,
        );
        await asRoot(host, "rm /etc/apt/apt.conf.d/99zz");
        await stack.up(wanted(SYSTEM));
        assert.equal((await host.root("test -e /etc/apt/apt.conf.d/52pulumi-mosquitto-pi")).code, 1);
        const timer = await host.root("systemctl is-enabled apt-daily.timer");
        assert.equal(timer.stdout, "masked\n", "as the lab has it");
        assert.notEqual((await host.root("command -v unattended-upgrade")).code, 0);
      });

      it("gives back what is no longer wanted, and the rest when it is destroyed", async () => {
        await stack.up(wanted({ hostname: "mqtt-pi" }));
        assert.equal(await asRoot(host, "timedatectl show -p Timezone --value"), former.split("\n")[1]);
        await stack.destroy();
        assert.equal(await settings(), former);
        await synchronizesNoMore(host);
        // What this test publishes stays, and what packages leave behind when they are purged.
        const left = differences(bare, await snapshot(host)).filter(
          (line) =>
            !/-lab|lab-|Debian|\/srv|localtime|\+ mosquitto|\/(avahi-daemon|unattended-upgrades|python)|stamp-apt/.test(
              line,
            ),
        );
        assert.deepEqual(left, []);
      });
    });

    function wanted(system: System): Spec {
      return { hosts: { pi: piOf(host) }, hostsOnly: true, systems: { pi: system } };
    }

    /** Name, zone, synchronization, and where the name is written down. */
    function settings(): Promise<string> {
      return asRoot(host, "hostname; timedatectl show -p Timezone -p NTP --value; cat /etc/hostname /etc/hosts");
    }

    function versions(): Promise<string> {
      return asRoot(host, "dpkg-query -W -f '${Package} ${Version} ' lab-library lab-tool");
    }

    /** The program, which waits for the Pi. */
    async function isKilledWhileItRestarts(spec: Spec): Promise<void> {
      const boot = await bootId();
      const up = await StartedUp.start(stack, spec);
      await up.until(/pi-os-state updated/);
      up.killAll();
      await until(async () => {
        const { code, stdout } = await host.ssh("cat /proc/sys/kernel/random/boot_id");
        return code === 0 && stdout.trim() !== boot;
      });
      await stack.project.pulumi(["cancel", "--yes"]);
    }

    /** The address that another host of the network is told. */
    async function resolved(): Promise<string | undefined> {
      return (await asRoot(twin, "avahi-resolve -4 -n mqtt-pi.local")).split("\t")[1];
    }

    async function call(other: LabHost, name: string): Promise<void> {
      await asRoot(other, `hostnamectl set-hostname ${name} && systemctl restart avahi-daemon && sleep 3`);
    }

    function bootId(): Promise<string> {
      return asRoot(host, "cat /proc/sys/kernel/random/boot_id");
    }
  });
