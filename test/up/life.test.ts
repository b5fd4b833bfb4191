import assert from "node:assert/strict";

import { Lab, type LabHost } from "../lab";
import type { Login, Server } from "../support/proof/session";
import type { Spec } from "./program/spec";
import { mayWrite } from "./support/access";
import { Crowd } from "./support/crowd";
import { during, shadowed } from "./support/faults";
import { asRoot, liveGeneration } from "./support/host";
import { piOf, Stack } from "./support/stack";

const SLOTS = 3;
const LOCK = "/run/pulumi-mosquitto-pi.lock";

/** The same package with a higher version, installed as unattended-upgrades would. */
const UPGRADE = `cd "$(mktemp -d)"
apt-get -qq download mosquitto 2>&1 && dpkg-deb -R mosquitto_*.deb new
sed -i 's/^Version: .*/&+upgraded1/' new/DEBIAN/control
dpkg-deb -b new new.deb >/dev/null && DEBIAN_FRONTEND=noninteractive dpkg -i new.deb 2>&1`;

/** Stands in for \`sync\`: a deployment stops before its commit until /run/go is there. */
const WAITS_TO_COMMIT = `touch /run/held; until [ -e /run/go ]; do sleep 0.1; done; exec $real "$@"`;
/** Stands in for \`sleep\`: who waits for the lock lets the other one go on. */
const LETS_THE_OTHER_GO = `[ "$1" != 2 ] || touch /run/go; exec $real "$@"`;

describe("a Pi that has a life of its own", function () {
  this.timeout(180_000);
  let lab: Lab;
  let host: LabHost;
  let spec: Spec;
  let server: Server;
  let device: Login;
  let witness: Login;
  const stack = new Stack();

  before(async () => {
    lab = await Lab.start([{ name: "pi", suite: "bookworm" }]);
    host = lab.host("pi");
    const sshd = `printf 'MaxStartups ${SLOTS}\\nMaxSessions 1\\n' >/etc/ssh/sshd_config.d/few.conf`;
    await asRoot(host, `${sshd} && systemctl reload ssh.service`);
    spec = {
      hosts: { pi: piOf(host) },
      users: { device: {}, witness: {} },
      rules: [
        { user: "device", access: "write", topic: "old/#" },
        { user: "witness", access: "readwrite", topic: "+/#" },
      ],
      broker: { hostnames: ["mqtt-pi.local"] },
    };
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  it("is set up beside one that is away, which fails alone", async () => {
    const { connection } = piOf(host);
    const away = {
      connection: { ...connection, host: host.ip.replace(/\d+$/, "9"), dialErrorLimit: 1, perDialTimeout: 1 },
    };
    const printed = await stack.upFails({ ...spec, hosts: { ...spec.hosts, away } as Spec["hosts"] });
    assert.match(printed, /command:remote:Command \(away-broker-state\):\n +error: .*: dial tcp .*:22: /);
    assert.match(printed, /command:remote:Command pi-broker-state created/);
    await stack.up(spec);
    const { ca, passwords } = await stack.outputs();
    server = { address: host.ip, hostnames: ["mqtt-pi.local"], caPem: ca };
    device = { username: "device", password: passwords["device"] ?? "" };
    witness = { username: "witness", password: passwords["witness"] ?? "" };
    assert.equal(await mayWrite(server, device, "old/x", witness), true);
  });

  it("has an sshd that takes three logins at once and one session each", async () => {
    assert.match(
      await asRoot(host, "sshd -T | grep -iE '^max(startups|sessions) '"),
      /maxsessions 1\n.*maxstartups 3/is,
    );
    await stack.up(change("few"));
    await stack.preview(change("few"), { expectNoChanges: true });
  });

  const observe = (mode: string): Promise<void> => stack.project.setConfig("mosquitto-pi:observe", mode);

  for (const [who, mode] of [
    ["the look is", "warn"],
    ["the deployment is", "off"],
  ] as const)
    it(`has an sshd whose slots are all taken by somebody's unfinished logins: ${who} tried again until one is free`, async () => {
      await observe(mode);
      using crowd = await Crowd.at(host, SLOTS, 2);
      await stack.up(through(crowd, 10, change(mode)));
      assert.equal(crowd.turnedAway, 2);
      assert.equal(await mayWrite(server, device, `${mode}/x`, witness), true);
    });

  it("has an sshd whose slots stay taken: preview and up say so, and nothing has changed", async () => {
    await observe("warn");
    await stack.up(change("few"));
    const before = await liveGeneration(host);
    {
      using crowd = await Crowd.at(host, SLOTS);
      assert.match(
        await stack.preview(through(crowd, 2, change("crowded"))),
        /warning: .* could not be looked at: .*, got a connection that was closed before the login, as sshd does while too many log in \(MaxStartups\), 2 times; /,
      );
      assert.match(
        await stack.upFails(through(crowd, 2, change("crowded"))),
        /command:remote:Command \(pi-broker-state\):\n +error: after 2 failed attempts: ssh: handshake failed: (EOF|read tcp .*: connection reset by peer)\n/,
      );
      assert.ok(crowd.turnedAway > 4);
    }
    assert.equal(await liveGeneration(host), before);
    await stack.up(change("few"));
    await stack.preview(change("few"), { expectNoChanges: true });
  });

  it("has a clock that is a year late: said before anything is live", async () => {
    const before = await liveGeneration(host);
    const late = `[ "$1" != verify ] || { shift; set -- verify -attime "$(date +%s)" "$@"; }; exec $real "$@"`;
    const printed = await shadowed(host, "date", `exec $real --date='1 year ago' "$@"`, () =>
      shadowed(host, "openssl", late, () => stack.upFails(change("clock"))),
    );
    assert.match(
      printed,
      /error: certs\/server.crt is valid from .*, but this host's clock says .*; set the clock \(timedatectl\)\n +error: the new configuration was refused before anything live changed/,
    );
    assert.equal(await liveGeneration(host), before);
    await stack.up(change("clock"));
  });

  it("upgrades mosquitto by itself: our broker goes on, and the next up, too", async () => {
    const pid = await asRoot(host, "systemctl show mosquitto.service -p MainPID");
    await asRoot(host, UPGRADE);
    assert.notEqual(await asRoot(host, "systemctl show mosquitto.service -p MainPID"), pid);
    assert.equal(await mayWrite(server, device, "clock/x", witness), true);
    assert.equal(await mayWrite(server, device, "other/x", witness), false);
    await stack.preview(change("clock"), { expectNoChanges: true });
    await stack.up(change("upgraded"));
    assert.equal(await mayWrite(server, device, "upgraded/x", witness), true);
    assert.match(await asRoot(host, "dpkg-query -W mosquitto"), /\+upgraded1$/);
  });

  it("is deployed to by two pipelines at once: one after the other, and the second says whom it waits for", async () => {
    await using second = await copyOf(stack);
    await shadowed(host, "sync", WAITS_TO_COMMIT, () =>
      shadowed(host, "sleep", LETS_THE_OTHER_GO, async () => {
        const first = stack.up(change("first"));
        for (let tries = 0; !(await isThere("/run/held")); tries += 1) assert.ok(tries < 100);
        assert.match(
          await second.up(change("second")),
          /waiting for another deployment on this host to finish .*: apply.sh of up-test\/test\/pi-broker, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n/,
        );
        await first;
      }),
    );
    assert.equal(await mayWrite(server, device, "second/x", witness), true);
  });

  it("is deployed to by one that does not end: says whose it is", async () => {
    await asRoot(host, `systemd-run --quiet --unit other flock ${LOCK} sleep 600`);
    for (let tries = 0; (await host.root(`flock --nonblock ${LOCK} true`)).code === 0; tries += 1)
      assert.ok(tries < 100);
    await during(
      host,
      `echo "apply.sh of home/dev/broker, since yesterday" >${LOCK}`,
      "systemctl stop other.service",
      async () => {
        const printed = await shadowed(host, "sleep", "exit", () => stack.upFails(change("last")));
        assert.match(
          printed,
          /error: another deployment has held the lock \S+ for 10 minutes: apply.sh of home\/dev\/broker, since yesterday; /,
        );
      },
    );
    await stack.up(change("last"));
    await stack.destroy();
  });

  /** By another way to the same host, which is tried so often. */
  function through({ port }: Crowd, dialErrorLimit: number, changed: Spec): Spec {
    const pi = piOf(host, port);
    return { ...changed, hosts: { pi: { ...pi, connection: { ...pi.connection, dialErrorLimit } } as typeof pi } };
  }

  function change(topic: string): Spec {
    return { ...spec, rules: [...(spec.rules ?? []), { user: "device", access: "write", topic: `${topic}/#` }] };
  }

  async function isThere(path: string): Promise<boolean> {
    return (await host.root(`[ -e ${path} ]`)).code === 0;
  }

  /** A stack with the same state elsewhere, as another pipeline has that checks out the same branch. */
  async function copyOf(original: Stack): Promise<Stack> {
    const copy = new Stack();
    const { code, stdout } = await original.project.pulumi(["stack", "export", "--show-secrets"]);
    assert.equal(code, 0);
    assert.equal((await copy.project.pulumi(["stack", "import"], { stdin: stdout })).code, 0);
    return copy;
  }
});
