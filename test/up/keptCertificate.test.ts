import assert from "node:assert/strict";
import { generateKeyPairSync, X509Certificate } from "node:crypto";

import { Lab, type LabHost, type Suite } from "../lab";
import { AUTHORITY } from "../support/brokers";
import { type Server, Session } from "../support/proof/session";
import { newKey, selfSigned, signedFor } from "../support/providers";
import { datedFromNow } from "../support/redated";
import { KEPT, type Spec } from "./program/spec";
import { asRoot, liveGeneration } from "./support/host";
import { servedCertificate } from "./support/served";
import { piOf, Stack } from "./support/stack";

const NAME = "mqtt.example.org";
const PAIRS = "/var/lib/kept";
const HOOKS = "/etc/mosquitto/current/hooks.sh";

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

for (const suite of ["bookworm", "trixie"] satisfies Suite[])
  describe(`a certificate that the host keeps by itself, on ${suite}`, function () {
    this.timeout(120_000);
    let lab: Lab;
    let host: LabHost;
    let spec: Spec;
    let server: Server;
    let password: string;
    const stack = new Stack();
    const first = pair();

    before(async () => {
      lab = await Lab.start([{ name: "pi", suite }]);
      host = lab.host("pi");
      spec = {
        hosts: { pi: piOf(host) },
        users: { device: {} },
        kept: { pi: [NAME] },
        broker: { hostnames: [NAME], listeners: { tls: {}, websockets: {} } },
      };
      server = { address: host.ip, hostnames: [NAME], caPem: AUTHORITY.certificatePem };
    });

    after(async () => {
      await stack[Symbol.asyncDispose]();
      await lab.stop();
    });

    it("is missed before anything is live", async () => {
      assert.match(
        await stack.upFails(spec),
        /error: certificate: expected one in \/var\/lib\/kept\/live, got none; is its AcmeCertificate deployed to this host\?/,
      );
    });

    it("is served on each listener, and its key is for mosquitto alone", async () => {
      await keep("1", first);
      await switchTo("1");
      await stack.up(spec);
      await stack.preview(spec, { expectNoChanges: true });
      password = (await stack.outputs()).passwords["device"] ?? "";
      await serves(first);
      assert.equal(await asRoot(host, `stat -c '%a %U:%G' ${KEPT}/server.key`), "640 root:mosquitto");
    });

    it("is taken over in place by a reload, and is no drift", async () => {
      const second = pair();
      const generation = await liveGeneration(host);
      await using session = await open();
      assert.equal(await renew("2", second, "1"), "reload");
      assert.ok(session.isOpen);
      await serves(second);
      assert.equal(await liveGeneration(host), generation);
      await stack.preview(spec, { expectNoChanges: true });
      await asRoot(host, "systemctl reload mosquitto.service");
      await serves(second);
    });

    it("is refused before it is live when it is no good", async () => {
      const good = pair();
      const expired = { ...good, certificate: datedFromNow(good.certificate, AUTHORITY.privateKeyPem, -2, -1) };
      const bad = {
        "other-key": [{ ...good, key: newKey() }, /certs\/server\.key: expected the private key of/],
        expired: [expired, /certs\/server\.crt expired/],
        foreign: [
          { ...good, certificate: selfSigned(good.key, NAME, [NAME]) },
          /certs\/server\.crt: expected a server certificate that chains/,
        ],
      } as const;
      for (const [name, [its, words]] of Object.entries(bad)) {
        await keep(name, its);
        const { code, stderr } = await host.root(`sh ${HOOKS} try /etc/mosquitto/current ${PAIRS}/${name}`);
        assert.equal(code, 1, name);
        assert.match(stderr, words);
      }
    });

    it("costs a restart when its key is of another kind", async () => {
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const rsa = pair(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
      assert.equal(await renew("rsa", rsa, "2"), "restart");
      await serves(rsa);
      await stack.preview(spec, { expectNoChanges: true });
    });

    it("does not start a broker that somebody has stopped", async () => {
      await asRoot(host, "systemctl stop mosquitto.service");
      assert.equal(await renew("3", pair(), "rsa"), "");
      assert.equal((await host.root("systemctl is-active mosquitto.service")).stdout.trim(), "inactive");
    });

    it("gives way to one of a private authority only where that is said, for its clients know it not", async () => {
      const own: Spec = { ...spec, kept: {} };
      assert.match(await stack.upFails(own), /authority: expected one that clients of today trust, got another/);
      await stack.up({ ...own, broker: { ...own.broker, abruptRotation: true } });
      server = { ...server, caPem: (await stack.outputs()).ca };
      await (await open()).close();
      await stack.destroy();
    });

    function open(): Promise<Session> {
      return Session.open(server, { username: "device", password });
    }

    async function serves({ certificate }: Pair): Promise<void> {
      const { serialNumber } = new X509Certificate(certificate);
      for (const port of [8883, 9001])
        assert.equal((await servedCertificate(server, port)).serialNumber, serialNumber, String(port));
      await (await open()).close();
    }

    /** As who renews it does. */
    async function renew(name: string, its: Pair, former: string): Promise<string> {
      await keep(name, its);
      await asRoot(host, `sh ${HOOKS} try /etc/mosquitto/current ${PAIRS}/${name}`);
      await switchTo(name);
      return asRoot(host, `sh ${HOOKS} renewed /etc/mosquitto/current ${PAIRS}/${former}`);
    }

    async function keep(name: string, { certificate, key }: Pair): Promise<void> {
      await asRoot(host, `mkdir -p ${PAIRS}/${name}`);
      const files = { "server.crt": certificate, "server.key": key, "ca.crt": AUTHORITY.certificatePem };
      for (const [file, pem] of Object.entries(files)) await host.writeFile(`${PAIRS}/${name}/${file}`, pem);
      await asRoot(host, `chmod 0600 ${PAIRS}/${name}/server.key`);
    }

    async function switchTo(name: string): Promise<void> {
      await asRoot(host, `ln -sfn ${name} ${KEPT}.new && mv -T ${KEPT}.new ${KEPT}`);
    }
  });

function pair(key = newKey()): Pair {
  const names = ["-addext", `subjectAltName=DNS:${NAME}`, "-addext", "basicConstraints=critical,CA:FALSE"];
  return { key, certificate: signedFor(key, AUTHORITY, NAME, names) };
}
