import assert from "node:assert/strict";

import { Lab, type LabHost } from "../lab";
import type { Spec } from "./program/spec";
import { holdLock, shadowed } from "./support/faults";
import { asRoot } from "./support/host";
import { piOf, Stack } from "./support/stack";

/** What a power cut leaves of dpkg on the disk, when it comes while the broker's files are unpacked… */
const CUT_WHILE_UNPACKING = `case "$*" in
  *--fsys-tarfile*[/-]mosquitto_*) $real "$@" | head -c 20000; kill -9 $PPID; exit ;;
esac
exec $real "$@"`;
/** … and when it comes while its package's script runs. */
const CUT_WHILE_CONFIGURING = "kill -9 $(ps -o ppid= $PPID) $PPID";

/** A configuration file, in the words of dpkg, and one that is none. */
const TORN = "/etc/init.d/mosquitto /usr/sbin/mosquitto";

const CUT = /Sub-process \/usr\/bin\/dpkg exited unexpectedly/;

/** Each time somebody would wait for a second, the next of these units stops. */
const NEXT_STOPS = `for unit in update upgrade; do
  systemctl --quiet is-active $unit && exec systemctl stop $unit
done
exec $real "$@"`;

const UPGRADE = ["upgrade", "/usr/bin/unattended-upgrade", "/var/lib/dpkg/lock-frontend"] as const;
const UPDATE = ["update", "/usr/lib/apt/apt.systemd.daily", "/var/lib/apt/lists/lock"] as const;

/** A first deployment on a Pi where apt and dpkg have troubles of their own, one after the other. */
describe("a Pi whose packages are in trouble", function () {
  this.timeout(180_000);
  let lab: Lab;
  let host: LabHost;
  let spec: Spec;
  const stack = new Stack();

  before(async () => {
    lab = await Lab.start([{ name: "pi", suite: "trixie" }]);
    host = lab.host("pi");
    spec = {
      hosts: { pi: piOf(host) },
      users: { admin: {} },
      rules: [{ user: "admin", access: "readwrite", topic: "home/#" }],
      broker: { hostnames: ["mqtt-pi.local"] },
    };
  });

  afterEach(async () => {
    assert.equal(await asRoot(host, "ss -Hltn 'sport = :1883'"), "", "nothing runs with Debian's configuration");
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  it("has sources without them: says which packages", async () => {
    const noSources = 'exec $real -o Dir::Etc::sourceparts=/none -o Dir::Etc::sourcelist=/none "$@"';
    assert.match(
      await shadowed(host, "apt-get", noSources, () => stack.upFails(spec)),
      /error: packages: apt-get install mosquitto.* failed: Unable to locate package mosquitto; .* \(sudo apt-get update; apt-cache policy mosquitto.*\), then run pulumi up again\n/,
    );
  });

  it("has no network: says so, not only that there is no package", async () => {
    const noNetwork = 'exec $real -o Acquire::http::Proxy=http://127.0.0.1:9 -o Acquire::Retries=0 "$@"';
    assert.match(
      await shadowed(host, "apt-get", noNetwork, () => stack.upFails(spec)),
      /error: packages: apt-get install mosquitto.* apt-get update failed, too: Failed to fetch /,
    );
  });

  it("has an apt that stalls: stopped, tried once more, and said so", async () => {
    const stalls = 'case "$*" in *update) echo "$1" >>/run/stalled; exit 124 ;; esac\nexec $real "$@"';
    assert.match(
      await shadowed(host, "timeout", stalls, () => stack.upFails(spec)),
      /error: packages: apt-get install mosquitto.* apt-get update failed, too: it has not ended within 10 minutes; /,
    );
    assert.equal(await asRoot(host, "cat /run/stalled"), "3m\n10m");
  });

  it("loses its power while dpkg unpacks the broker, and again while it configures it", async () => {
    const first = await shadowed(host, "dpkg-deb", CUT_WHILE_UNPACKING, () => stack.upFails(spec));
    assert.match(first, CUT);
    assert.match(await status("mosquitto"), /^.HR/, "half installed, to be installed anew");
    const second = await shadowed(host, "deb-systemd-helper", CUT_WHILE_CONFIGURING, () => stack.upFails(spec));
    assert.match(second, /fetching again what was cut off while it was unpacked/);
    assert.match(second, CUT);
    assert.match(await status("mosquitto"), /^.F/, "half configured");
    // Names reach the card before contents do.
    await asRoot(host, `for file in ${TORN}; do : >$file; done`);
  });

  it("is upgrading itself for longer than anybody waits: says who holds what", async () => {
    await holdLock(host, ...UPGRADE);
    assert.match(
      await shadowed(host, "sleep", "exit", () => stack.upFails(spec)),
      /error: packages: expected that another installation ends within 10 minutes, but process \d+ \(\/usr\/bin\/unattended-upgrade .*\) holds \/var\/lib\/dpkg\/lock-frontend; /,
    );
  });

  it("is upgrading itself, then looks for upgrades: waits for both and says so, then mends all of it", async () => {
    await holdLock(host, ...UPDATE);
    const printed = await shadowed(host, "sleep", NEXT_STOPS, () => stack.up(spec));
    for (const [, command, lock] of [UPDATE, UPGRADE])
      assert.match(
        printed,
        new RegExp(`waiting for another installation to finish .*: process \\d+ \\(${command} .*\\) holds ${lock}`),
      );
    assert.match(printed, /finishing an interrupted package installation/);
    assert.match(printed, /installing again what an interruption has left with empty files: mosquitto$/m);
    assert.match(await status("mosquitto"), /^ii/);
    assert.equal(await asRoot(host, `for file in ${TORN}; do [ -s $file ] || echo $file; done`), "");
    assert.equal(await asRoot(host, "systemctl is-active mosquitto.service"), "active");
  });

  function status(name: string): Promise<string> {
    return asRoot(host, `dpkg-query -W -f '\${db:Status-Abbrev}' ${name}`);
  }
});
