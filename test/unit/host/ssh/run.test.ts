import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

import { insecure } from "../../../../sdk/host/connection";
import { SshError, type SshFailure } from "../../../../sdk/host/ssh/error";
import { runOverSsh } from "../../../../sdk/host/ssh/run";
import { FakeHost, KEYS, PASSWORD } from "./sshServer";

const GENEROUS = 60;

describe("a command over SSH", function () {
  this.timeout(60_000);
  let host: FakeHost | undefined;

  afterEach(async () => {
    await host?.stop();
    host = undefined;
  });

  const at = ({ port }: { readonly port: number }) => ({
    host: "127.0.0.1",
    port,
    user: "pi",
    password: PASSWORD,
    hostKey: KEYS.ed25519.public,
    perDialTimeout: GENEROUS,
  });
  type Options = Partial<Parameters<typeof runOverSsh>[0]>;
  const runOn = (server: { readonly port: number }, options: Options = {}, seconds = GENEROUS) =>
    runOverSsh({ ...at(server), ...options }, "some command", "its input", seconds);

  async function fails(run: Promise<unknown>, failure: SshFailure, text: RegExp): Promise<void> {
    await assert.rejects(run, (error: unknown) => {
      assert.ok(error instanceof SshError, String(error));
      assert.match(error.message, text);
      assert.equal(error.failure, failure);
      assert.ok(!error.message.includes(PASSWORD) && !error.message.includes("some command"));
      return true;
    });
  }

  /** All connections are closed, by us. */
  async function hungUp(server: FakeHost): Promise<void> {
    while (server.open.size > 0) await pause(5);
  }

  it("gives code and both outputs, and hangs up", async () => {
    host = await FakeHost.start();
    assert.deepEqual(await runOn(host), { code: 3, stdout: "its input", stderr: "ran some command" });
    await hungUp(host);
    assert.equal(host.connections, 1);
  });

  it("carries megabytes either way, and needs no input", async () => {
    host = await FakeHost.start();
    const input = "0123456789abcdef".repeat(500_000);
    assert.equal((await runOverSsh(at(host), "c", input, GENEROUS)).stdout, input);
    assert.equal((await runOverSsh(at(host), "c", "", GENEROUS)).stdout, "");
  });

  it("may take its time in a program that is busy for longer than it may take", async () => {
    host = await FakeHost.start({
      command: (channel) => {
        const end = performance.now() + 1500;
        while (performance.now() < end);
        channel.exit(0);
        channel.end();
      },
    });
    assert.equal((await runOn(host, {}, 1)).code, 0);
  });

  describe("that nobody waits for any more", () => {
    const abandoned = async (server: FakeHost, isAsUsual: () => boolean, failure: SshFailure) => {
      const interest = new AbortController();
      const run = runOverSsh(at(server), "some command", "its input", GENEROUS, interest.signal);
      const failed = fails(run, failure, /got:? nobody who waits/);
      while (!isAsUsual()) await pause(5);
      interest.abort();
      await failed;
      await hungUp(server);
    };

    it("hangs up on a host that has not let us in, and on one that is at it", async () => {
      const silent = await FakeHost.tcp((socket) => socket.resume().on("end", () => socket.end()));
      await abandoned(silent, () => silent.connections === 1, "unreachable");
      await silent.stop();
      let runs = 0;
      host = await FakeHost.start({ command: () => (runs += 1) });
      await abandoned(host, () => runs === 1, "broken");
    });

    it("leaves nothing behind when it ends as usual", async () => {
      host = await FakeHost.start();
      const { signal } = new AbortController();
      for (let i = 0; i < 3; i += 1) await runOverSsh(at(host), "c", "", GENEROUS, signal);
      assert.equal(getEventListeners(signal, "abort").length, 0);
    });
  });

  describe("host key", () => {
    it("may be any that the host has, or unchecked", async () => {
      host = await FakeHost.start();
      const comment = `${KEYS.ecdsa.public} root@pi\n`;
      for (const hostKey of [KEYS.ed25519.public, KEYS.ecdsa.public, comment, insecure()])
        assert.equal((await runOn(host, { hostKey })).code, 3);
    });

    it("is compared as a whole; both fingerprints are told, and nothing is sent", async () => {
      let logins = 0;
      host = await FakeHost.start({ login: () => (logins += 1) });
      const sha = "SHA256:[A-Za-z0-9+/]{43}";
      const text = new RegExp(
        `^127.0.0.1:${host.port}: expected the host key ${sha} \\(ssh-ed25519\\), got ${sha}; .*flashed`,
      );
      await fails(runOn(host, { hostKey: KEYS.other.public }), "host key", text);
      assert.equal(logins, 0);
      assert.equal(host.connections, 1, "it is not tried again");
      await hungUp(host);
    });

    it("of a kind that the host does not have is a wrong one", async () => {
      host = await FakeHost.start({ hostKeys: [KEYS.ecdsa.private] });
      await fails(runOn(host), "host key", /got no key of that kind/);
      assert.equal(host.connections, 1);
      await hungUp(host);
    });
  });

  describe("no connection", () => {
    it("is told after as many attempts as allowed", async () => {
      host = await FakeHost.start({ drops: 100 });
      await fails(runOn(host, { dialErrorLimit: 2 }), "unreachable", /2 times; is it on/);
      assert.equal(host.connections, 2);
      await fails(
        runOn(host, { dialErrorLimit: 0 }),
        "unreachable",
        /got a connection that was closed before the login, as sshd does .*\); is it on/,
      );
      assert.equal(host.connections, 3);
    });

    it("is no more tried than for the time of one dial", async () => {
      host = await FakeHost.start({ drops: Infinity });
      await fails(runOn(host, { dialErrorLimit: -1, perDialTimeout: 2 }), "unreachable", / times; is it on/);
      assert.ok(host.connections > 1);
    });

    it("is tried again when the host drops some, as with MaxStartups", async () => {
      host = await FakeHost.start({ drops: 2 });
      assert.equal((await runOn(host)).code, 3);
      assert.equal(host.connections, 3);
    });

    it("is tried again when nobody listens", async () => {
      const port = await closedPort();
      await fails(runOn({ port }, { dialErrorLimit: 2 }), "unreachable", /ECONNREFUSED 127.0.0.1:\d+, 2 times/);
    });

    it("because something else than SSH answers is told at once", async () => {
      host = await FakeHost.tcp((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n".repeat(2000)));
      await fails(runOn(host), "unreachable", /expected an SSH server, got /);
      assert.equal(host.connections, 1);
    });

    for (const [where, greeting] of [
      ["before the handshake", ""],
      ["in the handshake", "SSH-2.0-Slow\r\n"],
    ] as const)
      it(`because the host hangs ${where} takes no longer than one dial may`, async () => {
        host = await FakeHost.tcp((socket) => socket.resume().write(greeting));
        await fails(runOn(host, { perDialTimeout: 1 }), "unreachable", /got no login within 1 s;/);
        assert.equal(host.connections, 1);
      });

    it("because the host hangs in the login takes no longer either", async () => {
      host = await FakeHost.start({ login: () => undefined });
      await fails(runOn(host, { perDialTimeout: 1 }), "unreachable", /got no login within 1 s;/);
      await hungUp(host);
    });
  });

  describe("that breaks off is not tried again:", () => {
    const dying: Record<string, [Parameters<typeof FakeHost.start>[0], RegExp]> = {
      "the connection dies": [{ command: (_channel, _line, _client, socket) => socket.destroy() }, /broke off/],
      "the host hangs up": [{ command: (_channel, _line, client) => client.end() }, /broke off/],
      "the channel is closed": [
        {
          command: (channel) => {
            channel.close();
          },
        },
        /broke off/,
      ],
      "a signal ends it": [{ command: (channel) => (channel.exit("KILL"), channel.end()) }, /ended by SIGKILL/],
    };
    for (const [what, [behaviour, text]] of Object.entries(dying))
      it(what, async () => {
        host = await FakeHost.start(behaviour);
        await fails(runOn(host), "broken", text);
        await hungUp(host);
        assert.equal(host.connections, 1);
      });

    it("it takes too long", async () => {
      host = await FakeHost.start({ command: () => undefined });
      await fails(runOn(host, {}, 1), "broken", /none within 1 s;/);
      await hungUp(host);
    });

    it("it prints without an end", async () => {
      host = await FakeHost.start({
        command: (channel) => {
          const piece = Buffer.alloc(1024 * 1024, "x");
          const fill = () => {
            while (channel.writable && channel.write(piece));
          };
          channel.on("drain", fill);
          fill();
        },
      });
      await fails(runOn(host), "broken", /more than 64 MiB of output/);
      await hungUp(host);
    });
  });

  describe("through a bastion", () => {
    let bastion: FakeHost;
    const through = (): Options => ({ proxy: at(bastion) });

    afterEach(() => bastion.stop());

    it("runs on the host behind it, and hangs up on both", async () => {
      [host, bastion] = [await FakeHost.start(), await FakeHost.start({ bastion: true })];
      assert.equal((await runOn(host, through())).stdout, "its input");
      await hungUp(host);
      await hungUp(bastion);
    });

    it("checks the keys of both", async () => {
      [host, bastion] = [await FakeHost.start(), await FakeHost.start({ bastion: true })];
      const hostKey = KEYS.other.public;
      const behind = new RegExp(
        `^127.0.0.1:${host.port} \\(through 127.0.0.1:${bastion.port}\\): expected the host key`,
      );
      await fails(runOn(host, { ...through(), hostKey }), "host key", behind);
      const before = new RegExp(`^127.0.0.1:${bastion.port}: expected the host key`);
      await fails(runOn(host, { proxy: { ...at(bastion), hostKey } }), "host key", before);
      await hungUp(bastion);
    });

    it("says when the bastion does not let through", async () => {
      [host, bastion] = [await FakeHost.start(), await FakeHost.start()];
      await fails(runOn(host, through()), "unreachable", /\(through 127.0.0.1:\d+\): .*Channel open failure/);
      assert.equal(host.connections, 0);
      await hungUp(bastion);
    });
  });

  describe("to a fleet", () => {
    it("has at most 32 connections open, and waiting for a turn is no failure", async () => {
      const started: (() => void)[] = [];
      let most = 0;
      host = await FakeHost.start({
        command: (channel) => {
          most = Math.max(most, host?.open.size ?? Infinity);
          started.push(() => {
            channel.exit(0);
            channel.end();
          });
        },
      });
      const server = host;
      const fleet = Array.from({ length: 40 }, () => runOn(server));
      while (started.length < 32) await pause(5);
      const last = runOn(at(host), { perDialTimeout: 5 });
      // Longer than its dial may take.
      await pause(5500);
      assert.equal(host.connections, 32);
      const finish = setInterval(() => {
        started.splice(0).forEach((end) => {
          end();
        });
      }, 5);
      const ended = await Promise.all([...fleet, last]).finally(() => {
        clearInterval(finish);
      });
      assert.deepEqual(new Set(ended.map(({ code }) => code)), new Set([0]));
      assert.equal(most, 32);
    });
  });
});

async function closedPort(): Promise<number> {
  const host = await FakeHost.tcp(() => undefined);
  await host.stop();
  return host.port;
}
