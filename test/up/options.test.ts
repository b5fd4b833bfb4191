import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { VERSIONS } from "../../sdk/mosquitto/versions";
import { Lab } from "../lab";
import { handshake } from "../support/proof/openssl";
import { type Login, type Server, Session } from "../support/proof/session";
import type { Spec } from "./program/spec";
import { asRoot } from "./support/host";
import { rawSignal } from "./support/reloads";
import { loginCode } from "./support/access";
import { type Logins, setUpLogins } from "./support/logins";
import { Stack } from "./support/stack";

const LOGIN: Login = { username: "admin", password: "Tulip-91-rover-moon" };

describe("every way to log in, and every option of a broker", function () {
  this.timeout(180_000);
  const stack = new Stack();
  let lab: Lab;
  let logins: Logins;
  let spec: Spec;

  before(async () => {
    lab = await Lab.start([
      { name: "bookworm", suite: "bookworm" },
      { name: "trixie", suite: "trixie" },
    ]);
    logins = await setUpLogins(lab.host("bookworm"), lab.host("trixie"));
    spec = {
      hosts: {
        bookworm: { connection: logins.throughBastion },
        trixie: { connection: logins.byPassword },
      },
      users: { admin: { password: LOGIN.password } },
      rules: [{ user: "admin", access: "readwrite", topic: "home/#" }],
      authority: rsaAuthority(),
      broker: {
        hostnames: ["mqtt-pi.local"],
        listeners: {
          mqtt: { insecure: true },
          tls: { tlsVersion: "1.3", maxConnections: 2, maxQos: 1 },
          mutualTls: {},
          websockets: {},
        },
        persistence: { enabled: true, autosaveInterval: "5m", clientExpiration: "30d" },
        limits: {
          maxInflightMessages: 10,
          maxInflightBytes: 100_000,
          maxQueuedMessages: 500,
          maxQueuedBytes: 1_000_000,
          queueQos0Messages: true,
          maxPacketSize: 100_000,
          maxKeepalive: "600s",
          memoryLimit: 50_000_000,
        },
        logging: {
          destinations: ["file", "syslog", "stdout", "topic"],
          types: ["error", "warning", "notice", "information", "subscribe", "unsubscribe", "websockets", "debug"],
          connectionMessages: true,
        },
        settings: {
          allow_zero_length_clientid: false,
          auto_id_prefix: "auto-",
          autosave_on_changes: false,
          check_retain_source: true,
          log_facility: 5,
          log_timestamp: true,
          log_timestamp_format: "%Y-%m-%dT%H:%M:%S",
          retain_available: true,
          set_tcp_nodelay: true,
          sys_interval: 30,
          upgrade_outgoing_qos: true,
          websockets_headers_size: 2048,
          websockets_log_level: 0,
        },
      },
    };
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    logins[Symbol.dispose]();
    await lab.stop();
  });

  it("deploys through a bastion with an encrypted key, and as root with a password; both brokers know every option", async () => {
    await stack.up(spec);
    assert.deepEqual((await stack.outputs()).versions, { bookworm: "2.0.11", trixie: "2.0.21" });
  });

  it("deploys with a key that only an agent has", async () => {
    const hosts = { ...spec.hosts, bookworm: { connection: logins.byAgent } };
    await stack.up({ ...spec, hosts });
    assert.match((await stack.reports())["bookworm-broker-state"] ?? "", /^activation nothing$/m);
  });

  for (const suite of ["bookworm", "trixie"] as const)
    it(`shows clients what was asked for (${suite})`, async () => {
      const host = lab.host(suite);
      const server = serverOf(suite);
      assert.doesNotMatch(await handshake(host.ip, 8883, ["-tls1_2"]), /New, TLSv1\.2/);
      assert.match(await handshake(host.ip, 8883, ["-tls1_3"]), /New, TLSv1\.3/);
      assert.match(await handshake(host.ip, 8883, ["-tls1_3"]), /Server public key is 2048 bit/);
      const two = [await openOnceFree(server, LOGIN), await openOnceFree(server, LOGIN)];
      const third = Session.open(server, LOGIN);
      if (VERSIONS[suite].exceedsMaxConnections) two.push(await third);
      else await assert.rejects(third, "a third client is one too many");
      for (const session of two) await session.close();
      await (await openOnceFree(server, LOGIN)).close();
      assert.equal(await loginCode(server, { ...LOGIN, listener: "websockets" }), 0);
      assert.match(await asRoot(host, "ss -Hltn 'sport = :1883'"), /:1883 /);
      const running = "mosquitto version [0-9.]* running";
      await asRoot(host, `grep -q '${running}' /var/log/mosquitto/mosquitto.log`);
      await asRoot(host, `journalctl -u mosquitto.service --no-pager -o cat | grep -q '${running}'`);
    });

  it("restarts for a rule, since a reload would lift the limits of listeners, as one does that comes raw", async () => {
    await rawSignal(lab.host("trixie"));
    const four = [];
    for (let i = 0; i < 4; i += 1) four.push(await Session.open(serverOf("trixie"), LOGIN));
    for (const session of four) await session.close();
    const rules = [...(spec.rules ?? []), { user: "admin", access: "read" as const, topic: "news/#" }];
    assert.match(
      await stack.up({ ...spec, rules }),
      /restarting mosquitto: a reload would lift maxConnections and maxQos of the listeners/,
    );
    for (const name of ["bookworm", "trixie"])
      assert.match((await stack.reports())[`${name}-broker-state`] ?? "", /^activation restart$/m);
    const two = [await openOnceFree(serverOf("trixie"), LOGIN), await openOnceFree(serverOf("trixie"), LOGIN)];
    await assert.rejects(Session.open(serverOf("trixie"), LOGIN));
    await asRoot(lab.host("trixie"), "chmod 0640 /etc/mosquitto/current/mosquitto.conf");
    assert.match(
      await stack.up({ ...spec, rules }),
      /listener tls: not checked, since it has its maxConnections, 2, already/,
    );
    assert.match((await stack.reports())["trixie-broker-state"] ?? "", /^activation nothing$/m);
    const expiry = "pulumi-mosquitto-pi-expiry.service";
    const looked = `systemctl start ${expiry}; systemctl show -p ExecMainStatus --value ${expiry}; journalctl -u ${expiry} -n 20 -o cat --no-pager`;
    const said = await asRoot(lab.host("trixie"), looked);
    assert.match(said, /^0\n[^]*^listener tls: not checked, since it has its maxConnections, 2, already$/m);
    for (const session of two) {
      assert.ok(session.isOpen, "a full listener is no reason for a restart");
      await session.close();
    }
  });

  function serverOf(name: "bookworm" | "trixie"): Server {
    return { address: lab.host(name).ip, hostnames: ["mqtt-pi.local"], caPem: rsaCertificate() };
  }

  /** The broker takes a moment to notice that a connection before this one has gone. */
  async function openOnceFree(server: Server, login: Login): Promise<Session> {
    for (let tries = 0; tries < 20; tries += 1) {
      const session = await Session.open(server, login).catch(() => undefined);
      if (session !== undefined) return session;
      await setTimeout(100);
    }
    return Session.open(server, login);
  }

  function rsaAuthority() {
    const usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
    const files = ["-keyout", join(stack.folder, "ca.key"), "-out", join(stack.folder, "ca.crt")];
    const key = ["-newkey", "rsa:2048", "-nodes", "-subj", "/CN=RSA CA", "-days", "3650"];
    execFileSync("openssl", ["req", "-x509", ...key, ...usage, ...files], { stdio: "pipe" });
    const privateKeyPem = readFileSync(join(stack.folder, "ca.key"), "utf8");
    return { certificatePem: rsaCertificate(), privateKeyPem, algorithm: "RSA-2048" as const };
  }

  function rsaCertificate(): string {
    return readFileSync(join(stack.folder, "ca.crt"), "utf8");
  }
});
