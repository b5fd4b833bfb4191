import assert from "node:assert/strict";

import { Lab, type LabHost, type Suite } from "../lab";
import type { Login, Server } from "../support/proof/session";
import type { Spec } from "./program/spec";
import { loginCode, mayWrite } from "./support/access";
import { crashes, DEAF, hasOldPasswords } from "./support/brokerFaults";
import {
  cannotMove,
  FEW_INODES,
  OTHER_DISK_GONE,
  OTHER_KEY,
  otherDisk,
  READ_ONLY,
  WRITABLE_AGAIN,
} from "./support/cardFaults";
import { during, shadowed } from "./support/faults";
import { asRoot, liveGeneration } from "./support/host";
import { piOf, Stack } from "./support/stack";
import { Stream } from "./support/stream";

const SUITES: readonly Suite[] = ["bookworm", "trixie"];
const LIVE = "/etc/mosquitto/current";

/** Each row: what goes wrong, a `pulumi up` of a change during which it does, and what is said. */
type Fault = readonly [string, (up: () => Promise<string>, topic: string) => Promise<string>, RegExp];

/**
 * A working broker on which a change fails at each step. Elsewhere: packages that cannot be had (lifePackages.test.ts), a
 * setting that is wrong (mistakes.test.ts, firstFailure.test.ts), a port that is taken (givenHost.test.ts), an address that the
 * host has not (activation.test.ts). All of it on both releases: not only the broker is another one, but also systemd and the
 * programs that fail.
 */
for (const suite of SUITES)
  describe(`a change that fails on ${suite}`, function () {
    this.timeout(180_000);
    let lab: Lab;
    let host: LabHost;
    let spec: Spec;
    let server: Server;
    let device: Login;
    let witness: Login;
    const stack = new Stack();

    before(async () => {
      lab = await Lab.start([{ name: "pi", suite }]);
      host = lab.host("pi");
      spec = {
        hosts: { pi: piOf(host) },
        users: { device: {}, witness: {} },
        rules: [
          { user: "device", access: "write", topic: "old/#" },
          { user: "witness", access: "readwrite", topic: "+/#" },
        ],
        broker: { hostnames: ["mqtt-pi.local"], persistence: { enabled: false } },
      };
      await stack.up(spec);
      const { ca, passwords } = await stack.outputs();
      server = { address: host.ip, hostnames: ["mqtt-pi.local"], caPem: ca };
      device = { username: "device", password: passwords["device"] ?? "" };
      witness = { username: "witness", password: passwords["witness"] ?? "" };
    });

    after(async () => {
      await stack[Symbol.asyncDispose]();
      await lab.stop();
    });

    describe("before anything is live: the broker and its clients see nothing of it", () => {
      const faults: readonly Fault[] = [
        [
          "the card is full",
          (up) => during(host, otherDisk("size=3m"), OTHER_DISK_GONE, up),
          /error: host: expected 4 MiB free for \/etc\/mosquitto\/generations on the file system at \/etc\/mosquitto\/generations \(card\), got 2 MiB; make room: /,
        ],
        [
          "the card becomes full in between",
          (up) => during(host, FEW_INODES, OTHER_DISK_GONE, up),
          /No space left on device\n +error: staging the new configuration failed, for the reason in the line above; nothing live has changed; /,
        ],
        [
          "the card has become read-only",
          (up) => during(host, READ_ONLY, WRITABLE_AGAIN, up),
          /error: host: expected that \/etc\/mosquitto can be written, got that it cannot, from the file system at \/etc /,
        ],
        [
          "the card does not keep what is written",
          (up) => shadowed(host, "tar", OTHER_KEY, up),
          /error: certs\/server.key: expected the private key of certs\/server.crt, got another\n +error: the new configuration was refused before anything live changed; the previous one goes on\n/,
        ],
        [
          "the card fails when it is committed",
          (up) => shadowed(host, "mv", cannotMove("*/.current*"), up),
          /mv: Input\/output error\n[^]*error: the new configuration could not be made live \(see the lines above\); the previous one goes on: \d+-\w+\n/,
        ],
      ];
      let stream: Stream;
      let untouched: string;

      before(async () => {
        stream = await Stream.start(server, device, "old/stream");
        untouched = await state();
      });

      for (const [name, fault, expected] of faults)
        it(name, async () => {
          const printed = await fault(() => stack.upFails(change("new")), "new");
          assert.match(printed, expected);
          assert.doesNotMatch(printed, /\.sh: \d+: |restarting mosquitto/);
          assert.equal(await state(), untouched);
        });

      it("none of which ended a client's connection, or hinders the next up", async () => {
        const { acknowledged, isOpen } = await stream.stop();
        assert.ok(isOpen && acknowledged > 0);
        await stack.up(change("new"));
        assert.equal(await mayWrite(server, device, "new/x", witness), true);
      });
    });

    describe("once it is live: the old configuration is put back, and the next up goes on from there", () => {
      const faults: readonly Fault[] = [
        [
          "the broker is deaf to SIGHUP",
          async (up) => {
            await shadowed(host, "mosquitto", DEAF, () => asRoot(host, "systemctl restart mosquitto.service"));
            return up();
          },
          /reloading mosquitto\n[^]*error: listener tls: the canary could not log in; the broker does not run this configuration: /,
        ],
        [
          "the broker crashes",
          (up, topic) => shadowed(host, "mosquitto", crashes(topic), up),
          /mosquitto.service: Main process exited, code=killed, status=9\/KILL/,
        ],
        [
          "the broker runs on other files",
          async (up, topic) => {
            await asRoot(host, "cp -p /etc/mosquitto/current/passwd /run/older.passwd");
            return shadowed(host, "mosquitto", hasOldPasswords(topic), up);
          },
          /error: listener tls: the canary could not log in; the broker does not run this configuration: /,
        ],
        [
          "the broker crashes, and the files that it ran on until then have been broken by hand",
          async (up, topic) => {
            await asRoot(
              host,
              `cd ${LIVE} && rm acl && echo 'allow_anonymous true' >conf.d/auth.conf && echo >hooks.sh`,
            );
            return shadowed(host, "mosquitto", crashes(topic), up);
          },
          /the files of \d+-\w+ had been changed on this host: they are back as they were deployed\n/,
        ],
        [
          "the broker crashes, and an older configuration has been made live by hand meanwhile",
          async (up, topic) => {
            await asRoot(host, `ln -sfn "generations/$(ls /etc/mosquitto/generations | head -n 1)" ${LIVE}`);
            return shadowed(host, "mosquitto", crashes(topic), up);
          },
          /mosquitto.service: Main process exited, code=killed, status=9\/KILL/,
        ],
      ];
      for (const [index, [name, fault, expected]] of faults.entries())
        it(name, async () => {
          const [topic, before, files] = [`new-${index}`, await liveGeneration(host), await liveFiles()];
          const changed = name.includes("SIGHUP") ? change(topic) : { ...change(topic), broker: restarting(index) };
          const printed = await fault(() => stack.upFails(changed), topic);
          assert.match(printed, expected);
          const restored = before.replace("generations/", "");
          assert.ok(
            printed.includes(
              `error: the new configuration failed (see the lines above); previous configuration restored: ${restored}\n`,
            ),
            printed,
          );
          assert.equal(await liveGeneration(host), before);
          assert.equal(await liveFiles(), files);
          assert.equal(await loginCode(server, {}), 135);
          assert.equal(await mayWrite(server, device, "old/x", witness), true);
          assert.equal(await mayWrite(server, device, `${topic}/x`, witness), false);
          await stack.up(changed);
          assert.equal(await mayWrite(server, device, `${topic}/x`, witness), true);
        });

      it("when all is done but to write it down: says that it is live, and the next up is in sync again", async () => {
        const printed = await shadowed(host, "mv", cannotMove("*/manifest"), () => stack.upFails(change("last")));
        assert.match(
          printed,
          /error: writing down what is deployed failed, for the reason in the line above; the new configuration is live and works; /,
        );
        assert.equal(await mayWrite(server, device, "last/x", witness), true);
        await stack.up(change("last"));
        await stack.preview(change("last"), { expectNoChanges: true });
      });
    });

    function change(topic: string): Spec {
      return { ...spec, rules: [...(spec.rules ?? []), { user: "device", access: "write", topic: `${topic}/#` }] };
    }

    /** What needs a restart to become live. */
    function restarting(index: number): NonNullable<Spec["broker"]> {
      return { ...spec.broker, limits: { maxQueuedMessages: 2000 + index } };
    }

    function liveFiles(): Promise<string> {
      return asRoot(host, `cd ${LIVE}/ && ls -lR && find . -type f -exec sha256sum {} + | sort`);
    }

    /** What is live, what lies beside it, and the process that runs it. */
    function state(): Promise<string> {
      const live = "ls -A /etc/mosquitto /etc/mosquitto/generations; ls -lR /etc/mosquitto/current/";
      return asRoot(
        host,
        `${live}; cat /var/lib/pulumi-mosquitto-pi/mosquitto/manifest; systemctl show mosquitto.service -p MainPID`,
      );
    }
  });
