import assert from "node:assert/strict";
import type { DetailedPeerCertificate } from "node:tls";

import { Lab, type Suite } from "../lab";
import { type Login, type Server, Session } from "../support/proof/session";
import { PORTS } from "../support/proof/target";
import { redated } from "../support/redated";
import type { Spec } from "./program/spec";
import { age } from "./support/aging";
import { asRoot, footprint } from "./support/host";
import { mainPid, until } from "./support/reloads";
import { servedCertificate } from "./support/served";
import { type Outputs, piOf, Stack } from "./support/stack";
import { Swarm } from "./support/swarm";
import { newcomers } from "./support/newcomers";

const SUITES: readonly Suite[] = ["bookworm", "trixie"];
const EXPIRY = "pulumi-mosquitto-pi-expiry";
const CLIENTS = 50;

/** Renewed late: the test makes certificates old before. */
const LATE = { validity: "90d", renewBefore: "1h" } as const;
const IN_TIME = { validity: "90d", renewBefore: "30d" } as const;

/** What is told of the certificates: the message that is kept, and what monitoring sees. */
interface Told {
  readonly status: string;
  readonly certificates: readonly { readonly of: string; readonly expires: string; readonly days: number }[];
}

describe("a certificate, from its issue to its third renewal", function () {
  this.timeout(240_000);
  let lab: Lab;
  let spec: Spec;
  let outputs: Outputs;
  const stack = new Stack();

  before(async () => {
    lab = await Lab.start(SUITES.map((suite) => ({ name: suite, suite })));
    spec = {
      hosts: Object.fromEntries(SUITES.map((suite) => [suite, piOf(lab.host(suite))])),
      users: { admin: {}, device: {}, relay: { certificate: LATE } },
      rules: [
        { user: "admin", access: "read", topic: "$mosquitto-pi/certificates" },
        { user: "admin", access: "readwrite", topic: "swarm/#" },
        { user: "device", access: "write", topic: "swarm/#" },
        { user: "relay", access: "write", topic: "relays/1" },
      ],
      broker: {
        hostnames: ["mqtt-pi.local"],
        listeners: { tls: {}, mutualTls: {}, websockets: {} },
        ...LATE,
      },
    };
    await stack.up(spec);
    outputs = await stack.outputs();
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  it("is told of by the Pi, which has nothing to warn of", async () => {
    await onBoth(async (suite) => {
      const { status, certificates } = await told(suite, "ok");
      assert.equal(status, "ok");
      assert.deepEqual(
        certificates.map(({ of, days }) => [of, days]),
        [...Object.keys(PORTS).map((name) => [`listener ${name}`, 89]), ["ca.crt", 3649], ["clients.crl", 3649]],
      );
      assert.equal(certificates[0]?.expires, outputs.expires[suite]);
      assert.deepEqual(await monitored(suite), ["0", "success", "active enabled"]);
    });
    await stack.preview(spec, { expectNoChanges: true });
  });

  for (const [days, level, status, result, priority] of [
    [25, "warning", "1", "success", 5],
    [10, "warning", "1", "success", 4],
    [2, "critical", "2", "exit-code", 3],
  ] as const)
    it(`is warned of by the Pi with ${days} days left`, async () => {
      await age(stack, days);
      await stack.up(spec);
      outputs = await stack.outputs();
      await stack.preview(spec, { expectNoChanges: true });
      await onBoth(async (suite) => {
        const { certificates } = await told(suite, level);
        assert.equal(certificates[0]?.expires, outputs.expires[suite]);
        assert.deepEqual(await monitored(suite), [status, result, "active enabled"]);
        assert.match(await journal(suite, priority), /^listener websockets: expires at /m);
      });
    });

  it("is foretold to be renewed, and is on all listeners, with everybody staying connected", async () => {
    spec = {
      ...spec,
      users: { ...spec.users, relay: { certificate: IN_TIME } },
      broker: { ...spec.broker, ...IN_TIME },
    };
    const preview = await stack.preview(spec);
    for (const suite of SUITES) {
      const has = `\\(${lab.host(suite).ip}\\) has a`;
      assert.match(preview, new RegExp(`${has} certificate that expires .*, in 1 day: renewed`));
      assert.match(preview, new RegExp(`${has} user relay whose certificate expires .*, in 1 day: renewed`));
    }
    const old = card();
    await renewed();
    assert.notEqual(outputs.certificates["relay"]?.certificatePem, old.certificate.certificatePem);
    await onBoth(async (suite) => {
      for (const each of [old, card()]) {
        await using relay = await Session.open(server(suite), each);
        await relay.publish("relays/1", "on");
      }
    });
    await onBoth(async (suite) => {
      await told(suite, "ok");
      assert.deepEqual(await monitored(suite), ["0", "success", "active enabled"]);
    });
    await stack.preview(spec, { expectNoChanges: true });
  });

  it("gets a key of its own each time, where that is wanted", async () => {
    spec = { ...spec, broker: { ...spec.broker, rotateKey: true } };
    const keys = [await keysServed()];
    await stack.up(spec);
    keys.push(await keysServed());
    await stack.preview(spec, { expectNoChanges: true });
    for (const daysLeft of [29, 28]) {
      await age(stack, daysLeft);
      await renewed();
      keys.push(await keysServed());
    }
    for (const [i, suite] of SUITES.entries())
      assert.deepEqual(
        keys.map((each) => keys.findIndex((other) => other[i] === each[i])),
        [0, 1, 2, 3],
        suite,
      );
  });

  it("fails a run that leaves it to end within mosquitto-pi:failIfExpiringWithin", async () => {
    await stack.project.setConfig("mosquitto-pi:failIfExpiringWithin", "100d");
    const { code, stdout, stderr } = await stack.tryPreview(spec);
    assert.notEqual(code, 0);
    assert.match(
      stdout + stderr,
      /MosquittoBroker "bookworm-broker": the server's certificate expires 20.*Z, in 89 days, which is within mosquitto-pi:failIfExpiringWithin \(100d\)/,
    );
    const before = await onBoth((suite) => footprint(lab.host(suite)));
    assert.match(await stack.upFails({ ...spec, rules: [] }), /within mosquitto-pi:failIfExpiringWithin/);
    assert.deepEqual(await onBoth((suite) => footprint(lab.host(suite))), before);
    await stack.project.setConfig("mosquitto-pi:failIfExpiringWithin", "60d");
    await stack.preview(spec, { expectNoChanges: true });
  });

  it("that has ended on the Pi is in nobody's way who reloads the broker, or puts its log away", async () => {
    const key = await stack.authorityKey();
    const end = new Date(Math.floor(Date.now() / 1000 - 86_400) * 1000);
    await onBoth(async (suite) => {
      const host = lab.host(suite);
      const file = "/etc/mosquitto/current/certs/server.crt";
      const start = new Date(end.getTime() - 86_400_000);
      const ended = redated(await asRoot(host, `cat ${file}`), key, start, end);
      await asRoot(host, `cat >${file}`, ended);
      const pid = await mainPid(host);
      await asRoot(host, "systemctl reload mosquitto.service");
      const served = `openssl s_client -connect 127.0.0.1:${PORTS.tls} </dev/null 2>&1 | openssl x509 -noout -enddate`;
      await until(async () => Date.parse((await asRoot(host, served)).replace(/.*=/, "")) === end.getTime());
      // It makes no new file: the broker does.
      const log = "/var/log/mosquitto/mosquitto.log";
      await asRoot(host, "logrotate --force /etc/logrotate.d/mosquitto");
      await until(async () => (await host.root(`test -e ${log}`)).code === 0);
      assert.equal(await mainPid(host), pid);
    });
    await stack.up(spec);
    await onBoth(certificatesServed);
  });

  /** Runs `up` while many clients are connected and others come: nobody goes, nobody is turned away, nothing is lost. */
  async function renewed(): Promise<void> {
    const before = await onBoth(certificatesServed);
    await using swarm = await Swarm.start(...SUITES.map(swarmOf));
    const browsers = await onBoth((suite) =>
      Session.open(server(suite), { ...login("device"), listener: "websockets" }),
    );
    const visits = SUITES.map((suite) => newcomers(server(suite), PORTS.tls));
    await stack.up(spec);
    for (const end of visits) assert.ok((await end()) > 0);
    for (const browser of browsers) {
      assert.ok(browser.isOpen);
      await browser.close();
    }
    for (const { disconnects, refused, lost } of await swarm.stop())
      assert.deepEqual({ disconnects, refused, lost }, { disconnects: 0, refused: 0, lost: 0 });
    outputs = await stack.outputs();
    for (const [i, certificates] of (await onBoth(certificatesServed)).entries()) {
      for (const certificate of certificates) assert.equal(certificate.fingerprint256, certificates[0]?.fingerprint256);
      assert.notEqual(certificates[0]?.fingerprint256, before[i]?.[0]?.fingerprint256);
    }
  }

  async function keysServed(): Promise<string[]> {
    return onBoth(async (suite) => (await servedOn(suite, PORTS.tls)).pubkey?.toString("hex") ?? "");
  }

  function certificatesServed(suite: Suite): Promise<DetailedPeerCertificate[]> {
    return Promise.all(Object.values(PORTS).map((port) => servedOn(suite, port)));
  }

  function servedOn(suite: Suite, port: number): Promise<DetailedPeerCertificate> {
    return servedCertificate(server(suite), port);
  }

  /** The message that is kept, once it is of this status. */
  async function told(suite: Suite, status: string): Promise<Told> {
    await using admin = await Session.open(server(suite), login("admin"));
    await admin.subscribe("$mosquitto-pi/certificates");
    const messages = await admin.receiveUntil(({ text }) => text.includes(`"status":"${status}"`));
    return JSON.parse(messages.at(-1)?.text ?? "") as Told;
  }

  /** The exit status of the last look, how systemd takes it, and whether there will be another. */
  async function monitored(suite: Suite): Promise<string[]> {
    const ask = `until [ "$(systemctl is-active ${EXPIRY}.service)" != activating ]; do sleep 0.1; done; systemctl show ${EXPIRY}.service -p ExecMainStatus -p Result --value; echo $(systemctl is-active ${EXPIRY}.timer; systemctl is-enabled ${EXPIRY}.timer)`;
    const { stdout } = await lab.host(suite).root(ask);
    const lines = stdout.trim().split("\n");
    return [...lines.slice(0, 2).sort(), ...lines.slice(2)];
  }

  async function journal(suite: Suite, priority: number): Promise<string> {
    const { stdout } = await lab
      .host(suite)
      .root(`journalctl -u ${EXPIRY}.service -p ${priority}..${priority} -o cat --no-pager`);
    return stdout;
  }

  function swarmOf(suite: Suite) {
    return { server: server(suite), login: login("device"), witness: login("admin"), clients: CLIENTS };
  }

  function server(suite: Suite): Server {
    return { address: lab.host(suite).ip, hostnames: ["mqtt-pi.local"], caPem: outputs.ca };
  }

  function card() {
    const certificate = outputs.certificates["relay"];
    assert.ok(certificate);
    return { listener: "mutualTls", certificate } as const;
  }

  function login(username: string): Login {
    return { username, password: outputs.passwords[username] ?? "" };
  }

  function onBoth<T>(act: (suite: Suite) => Promise<T>): Promise<T[]> {
    return Promise.all(SUITES.map(act));
  }
});
