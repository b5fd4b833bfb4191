import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Lab, type LabHost, type Suite } from "../lab";
import type { Server } from "../support/proof/session";
import { loginCode } from "./support/access";
import { asRoot, exposure } from "./support/host";
import { said } from "./support/said";
import { type Outputs, piOf, Stack } from "./support/stack";
import type { Spec } from "./program/spec";

const SUITES: readonly Suite[] = ["bookworm", "trixie"];

const WITHOUT_SANDBOX = readFileSync(join(__dirname, "support/withoutSandbox.sh"), "utf8");
const BREAK_IN = readFileSync(join(__dirname, "support/breakIn.sh"), "utf8");

/** All that somebody might do. */
const TRIED = Array.from(BREAK_IN.matchAll(/^try "(.*?)"/gm), ([, what = ""]) => what).sort();

/** Somebody's broker, with folders as a package would not make them. */
const INSTALL = `export DEBIAN_FRONTEND=noninteractive
{ apt-get -qq update && apt-get -qq install -y mosquitto; } >/dev/null 2>&1
chmod 2770 /var/lib/mosquitto; chgrp pi /var/lib/mosquitto
chmod 0751 /var/log/mosquitto; chgrp adm /var/log/mosquitto
systemctl restart mosquitto.service`;
const FOLDERS = "stat -c '%a %U:%G %n' /var/lib/mosquitto /var/log/mosquitto /var/lib/mosquitto/* /var/log/mosquitto/*";

/** Somebody's drop-in that takes the sandbox away. */
const DROP_IN = "/etc/systemd/system/mosquitto.service.d/zzz-mine.conf";
const RESTART = "systemctl daemon-reload; systemctl restart mosquitto.service";
const UNDO = `cat >${DROP_IN} <<END
[Service]
User=root
NoNewPrivileges=no
CapabilityBoundingSet=~
PrivateUsers=no
SystemCallFilter=
END
${RESTART}`;
const REDO = `rm ${DROP_IN}; ${RESTART}`;
const NOT_CONFINED = "mosquitto\\.service: expected that it runs in its sandbox, got that it does not; ";

describe("the sandbox of a broker", function () {
  this.timeout(180_000);
  let lab: Lab;
  let spec: Spec;
  let outputs: Outputs;
  const atFirst = new Map<Suite, string>();
  const stack = new Stack();

  const host = (suite: Suite): LabHost => lab.host(suite);
  const onBoth = <T>(act: (suite: Suite) => Promise<T>): Promise<T[]> => Promise.all(SUITES.map(act));

  before(async () => {
    lab = await Lab.start(SUITES.map((suite) => ({ name: suite, suite })));
    await onBoth(async (suite) => {
      await asRoot(host(suite), INSTALL);
      atFirst.set(suite, await asRoot(host(suite), FOLDERS));
    });
    spec = {
      hosts: Object.fromEntries(SUITES.map((suite) => [suite, piOf(host(suite))])),
      users: { admin: {}, card: { certificate: true } },
      rules: [{ user: "admin", access: "readwrite", topic: "home/#" }],
      broker: {
        hostnames: ["mqtt-pi.local"],
        listeners: { mqtt: { bind: "127.0.0.1" }, tls: { maxConnections: 1000 }, mutualTls: {}, websockets: {} },
        logging: { destinations: ["file", "syslog", "stdout", "topic"] },
      },
    };
    await stack.up(spec);
    outputs = await stack.outputs();
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  it("is tight", async () => {
    for (const suite of SUITES)
      for (const unit of ["mosquitto", "pulumi-mosquitto-pi-expiry"])
        assert.ok((await exposure(host(suite), unit)) <= 1.2, unit);
  });

  it("leaves nothing but its messages, its log and a place of its own for a while to whoever breaks in", async () => {
    for (const suite of SUITES) {
      const { inside, outside } = await breakIn(host(suite));
      assert.deepEqual(inside, [
        "keep a message",
        "leave something in a /tmp",
        "leave something in a /var/tmp",
        "write to the log",
      ]);
      // It is the sandbox that keeps all else away.
      assert.deepEqual(outside, TRIED);
    }
  });

  it("limits what the broker may use up", async () => {
    for (const suite of SUITES) {
      const shown = await asRoot(
        host(suite),
        "systemctl show mosquitto.service -p MemoryMax,MemorySwapMax,TasksMax,LimitNOFILE",
      );
      const memory = Number(await asRoot(host(suite), "awk '/^MemTotal:/ { print $2 * 1024 }' /proc/meminfo"));
      const max = Number(/^MemoryMax=(\d+)$/m.exec(shown)?.[1]);
      assert.ok(max > memory * 0.7 && max < memory * 0.8, shown);
      assert.match(shown, /^MemorySwapMax=0$/m);
      assert.match(shown, /^TasksMax=64$/m);
      assert.match(shown, /^LimitNOFILE=9192$/m);
      const limits = await asRoot(host(suite), `cat /proc/${await pid(host(suite))}/limits`);
      assert.match(limits, /^Max open files +9192 /m);
    }
  });

  it("lets the broker log to the journal, by either way", async () => {
    for (const suite of SUITES)
      for (const way of ["stdout", "syslog"]) {
        const lines = `journalctl -u mosquitto.service -o cat --no-pager _TRANSPORT=${way} | grep -c ' running$'`;
        assert.ok(Number(await asRoot(host(suite), lines)) > 0);
      }
  });

  it("lets the broker log when the log's folder is gone with the memory that it was in", async () => {
    await onBoth(async (suite) => {
      const before = "systemctl stop mosquitto.service; mv /var/log/mosquitto /var/log/away";
      await asRoot(host(suite), `${before}; systemctl start mosquitto.service`);
      const log = await asRoot(host(suite), "stat -c '%a %U' /var/log/mosquitto /var/log/mosquitto/mosquitto.log");
      assert.equal(log, "755 mosquitto\n600 mosquitto");
      await asRoot(host(suite), "rm -r /var/log/mosquitto; mv /var/log/away /var/log/mosquitto");
      await asRoot(host(suite), "systemctl restart mosquitto.service");
    });
  });

  it("is told when somebody's drop-in takes it away, and the up fails for that", async () => {
    await asRoot(host("trixie"), UNDO);
    assert.match(
      said(await stack.preview(spec), "trixie-broker").join("\n"),
      /the running service has loaded other, expected /,
    );
    assert.match(
      await stack.upFails(spec),
      new RegExp(`restarting mosquitto: it runs outside of its sandbox\n[^]*${NOT_CONFINED}`),
    );
    await asRoot(host("trixie"), REDO);
    await stack.up(spec);
    await stack.preview(spec, { expectNoChanges: true });
  });

  describe("comes to a broker that was deployed without", () => {
    before(async () => {
      await onBoth(async (suite) => {
        await asRoot(host(suite), "sh -s", WITHOUT_SANDBOX);
        assert.equal(await isConfined(suite), false);
      });
    });

    it("by a restart that the preview foretells, with why", async () => {
      const printed = await stack.preview(spec);
      for (const suite of SUITES) {
        const words = said(printed, `${suite}-broker`).join("\n");
        assert.match(words, /1 file changes, then restart \(a change of systemd\.conf\)$/m);
        assert.match(words, /\+ ProtectSystem=strict$/m);
      }
    });

    it("is taken back when it does not hold, and the broker goes on without", async () => {
      await onBoth((suite) => asRoot(host(suite), UNDO));
      const printed = await stack.upFails(spec);
      for (const suite of SUITES) {
        assert.match(
          printed,
          new RegExp(`\\(${suite}-broker-state\\):[^]*?${NOT_CONFINED}[^]*?previous configuration restored`),
        );
        assert.equal(await login(suite), 0);
      }
      await onBoth((suite) => asRoot(host(suite), REDO));
      for (const suite of SUITES) assert.equal(await isConfined(suite), false);
    });

    it("and lets it keep its messages where they are, on another disk or in somebody's home", async () => {
      const elsewhere = "systemctl stop mosquitto.service; mv /var/lib/mosquitto /home/messages";
      const linked = "ln -s /home/messages /var/lib/mosquitto; systemctl start mosquitto.service";
      await onBoth((suite) => asRoot(host(suite), `${elsewhere}; ${linked}`));
      await stack.up(spec);
      await stack.preview(spec, { expectNoChanges: true });
      for (const suite of SUITES) {
        assert.equal(await isConfined(suite), true);
        assert.equal(await login(suite), 0);
        // On SIGTERM the broker saves them.
        await asRoot(host(suite), "touch /run/before; systemctl restart mosquitto.service");
        assert.equal(await asRoot(host(suite), "find /home/messages/mosquitto.db -newer /run/before | wc -l"), "1");
      }
    });
  });

  describe("goes with the broker", () => {
    it("and leaves the former one as root's, its folders with their owners and modes", async () => {
      const back = "systemctl stop mosquitto.service; rm /var/lib/mosquitto; mv /home/messages /var/lib/mosquitto";
      await onBoth((suite) => asRoot(host(suite), `${back}; systemctl start mosquitto.service`));
      await stack.destroy();
      for (const suite of SUITES) {
        const shown = await asRoot(host(suite), "systemctl show mosquitto.service -p ActiveState,User,NoNewPrivileges");
        assert.deepEqual(shown.split("\n").sort(), ["ActiveState=active", "NoNewPrivileges=no", "User="]);
        assert.equal(await asRoot(host(suite), FOLDERS), atFirst.get(suite));
      }
    });
  });

  function pid(of: LabHost): Promise<string> {
    return asRoot(of, "systemctl show mosquitto.service -p MainPID --value");
  }

  /** What can be done as the broker, in its sandbox and outside of it. */
  async function breakIn(on: LabHost): Promise<Record<"inside" | "outside", string[]>> {
    await asRoot(on, "cat >/srv/breakIn.sh; touch /tmp/of-others /var/tmp/of-others", BREAK_IN);
    const dropIn = "/run/systemd/system/mosquitto.service.d/50-break-in.conf";
    const done = "grep '^can ' | cut -d ' ' -f 2- | sort";
    await asRoot(on, `install -D -m 0644 /dev/stdin ${dropIn}`, "[Service]\nExecStartPost=/bin/sh /srv/breakIn.sh\n");
    await asRoot(on, "systemctl daemon-reload; touch /run/since; systemctl restart mosquitto.service");
    const journal = "journalctl -u mosquitto.service -o cat --no-pager _SYSTEMD_INVOCATION_ID=$invocation";
    const invocation = "invocation=$(systemctl show mosquitto.service -p InvocationID --value)";
    const inside = await asRoot(on, `${invocation}; journalctl --sync; ${journal} | ${done}`);
    await asRoot(on, `rm ${dropIn}; systemctl daemon-reload; systemctl restart mosquitto.service`);
    const outside = await asRoot(on, `runuser -u mosquitto -- sh /srv/breakIn.sh | ${done}`);
    return { inside: inside.split("\n"), outside: outside.split("\n") };
  }

  async function isConfined(suite: Suite): Promise<boolean> {
    const status = await asRoot(host(suite), `cat /proc/${await pid(host(suite))}/status`);
    return /^NoNewPrivs:\s1$/m.test(status) && /^Seccomp:\s2$/m.test(status) && /^CapBnd:\s0+$/m.test(status);
  }

  function login(suite: Suite): Promise<number | undefined> {
    const server: Server = { address: host(suite).ip, hostnames: ["mqtt-pi.local"], caPem: outputs.ca };
    return loginCode(server, { username: "admin", password: outputs.passwords["admin"] ?? "" });
  }
});
