import assert from "node:assert/strict";
import { connect } from "node:tls";

import { Lab, type Suite } from "../lab";
import { messageOf } from "../support/proof/check";
import { selfSigned } from "../support/proof/openssl";
import { type Login, Session } from "../support/proof/session";
import { PORTS } from "../support/proof/target";
import { datedFromNow } from "../support/redated";
import { asRoot } from "./support/host";
import { type Outputs, piOf, Stack } from "./support/stack";
import { type Call, type StackName, STACKS, TlsClients } from "./support/tlsClients";

const NAME = "mqtt-pi.local";
const SUITES: readonly Suite[] = ["bookworm", "trixie"];
const NAMES = Object.keys(STACKS) as StackName[];

/** What Debian has of them: mbedTLS 2.28 is Arduino's for ESP32 2.x, and Python is as strict as OpenSSL can be since 3.13. */
const VERSIONS: Readonly<Record<StackName, Readonly<Record<Suite, string>>>> = {
  OpenSSL: { bookworm: "3.0.", trixie: "3.5." },
  GnuTLS: { bookworm: "3.7.", trixie: "3.8." },
  mbedTLS: { bookworm: "2.28.", trixie: "3.6." },
  wolfSSL: { bookworm: "5.5.", trixie: "5.7." },
  BearSSL: { bookworm: "0.6", trixie: "0.6" },
  Python: { bookworm: "3.11.", trixie: "3.13." },
};

/** Why a client refuses a server. */
type Reason = "another name" | "another address" | "foreign authority" | "expired" | "not yet valid";

const WORDS: Readonly<Record<StackName, Readonly<Record<Reason, RegExp>>>> = {
  OpenSSL: {
    "another name": /hostname mismatch/,
    "another address": /IP address mismatch/,
    "foreign authority": /unable to get local issuer certificate/,
    expired: /certificate has expired/,
    "not yet valid": /certificate is not yet valid/,
  },
  GnuTLS: {
    "another name": /name in the certificate does not match/,
    "another address": /name in the certificate does not match/,
    "foreign authority": /certificate issuer is unknown/,
    expired: /uses expired certificate/,
    "not yet valid": /uses not yet valid certificate/,
  },
  mbedTLS: {
    "another name": /\(CN\) does not match/,
    "another address": /\(CN\) does not match/,
    "foreign authority": /not correctly signed by the trusted CA/,
    expired: /validity has expired/,
    "not yet valid": /validity starts in the future/,
  },
  wolfSSL: {
    "another name": /subject name mismatch/,
    "another address": /subject name mismatch/,
    "foreign authority": /certificate verify failed/,
    expired: /current date after/,
    "not yet valid": /current date before/,
  },
  // BR_ERR_X509_BAD_SERVER_NAME, _NOT_TRUSTED, and one for both dates: _EXPIRED.
  BearSSL: {
    "another name": /error 56\b/,
    "another address": /error 56\b/,
    "foreign authority": /error 62\b/,
    expired: /error 54\b/,
    "not yet valid": /error 54\b/,
  },
  Python: {
    "another name": /Hostname mismatch/,
    "another address": /IP address mismatch/,
    "foreign authority": /unable to get local issuer certificate/,
    expired: /certificate has expired/,
    "not yet valid": /certificate is not yet valid/,
  },
};

/** Dates of certificates, in days from now, and where a server has them: they are the broker's but for that. */
const DATED = {
  valid: { days: [-1, 1], port: 9441 },
  expired: { days: [-2, -1], port: 9442 },
  "not yet valid": { days: [1, 2], port: 9443 },
} as const;
type Dates = keyof typeof DATED;

const LOGGED_IN = / \\u0002\\u0000\\u0000/;
const ANSWERS = { tls: LOGGED_IN, mutualTls: LOGGED_IN, websockets: /HTTP\/1\.1 101 / };
const SERVED = /HTTP\/1\.0 200 /;
const NOT_LET_IN = /^(?!.* \\u0002)/;

/** A websocket is asked for, and closed. */
const UPGRADE = [
  "GET /mqtt HTTP/1.1",
  "Host: broker",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: cHVsdW1pLXRscy1zdGFjaw==",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Protocol: mqtt",
  "",
  "\x88\x80\0\0\0\0",
].join("\r\n");

/** Where a host of ours has a broker's certificate. */
const CERTS = "/etc/mosquitto/current/certs";

/** Clients whose certificates are not good for anything. */
const STRANGERS = ["expired", "early", "foreign", "revoked"] as const;

/** A call, and what is to come of it. */
type Try = readonly [what: string, call: Call, expected: RegExp];

describe("a broker's certificates, to TLS stacks of others", function () {
  this.timeout(180_000);
  let lab: Lab;
  let outputs: Outputs;
  let other: string;
  const clients = new Map<Suite, TlsClients>();
  const stack = new Stack();

  before(async () => {
    lab = await Lab.start(SUITES.flatMap((suite) => [suite, `${suite}-clients`].map((name) => ({ name, suite }))));
    const deployed = stack.up({
      hosts: Object.fromEntries(SUITES.map((suite) => [suite, piOf(lab.host(suite))])),
      users: { device: {}, card: { certificate: true }, revoked: { certificate: true, revoked: true } },
      broker: { hostnames: [NAME], listeners: { tls: {}, mutualTls: {}, websockets: {} } },
    });
    const installed = SUITES.map(async (suite) => {
      clients.set(suite, await TlsClients.on(lab.host(`${suite}-clients`)));
    });
    await Promise.all([deployed, ...installed]);
    outputs = await stack.outputs();
    await prepare();
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  for (const name of NAMES) {
    describe(`${name} ${VERSIONS[name].bookworm} and ${VERSIONS[name].trixie}`, () => {
      it("is what is tried", async () => {
        for (const [suite, its] of clients) assert.ok((await its.version(name)).startsWith(VERSIONS[name][suite]));
      });

      it("connects by name and by address, on each listener", () =>
        comesOf(name, (suite) =>
          [NAME, lab.host(suite).ip].flatMap((expected) =>
            Object.entries(ANSWERS).map(([listener, answer]): Try => {
              const call = to(suite, listener as keyof typeof PORTS, expected);
              return [`${listener} of ${suite} by ${expected}`, call, answer];
            }),
          ),
        ));

      it("refuses another name, another address and a foreign authority", () =>
        comesOf(name, (suite) => {
          const call = to(suite, "tls", NAME);
          return [
            ["another name", { ...call, name: "other.example" }, WORDS[name]["another name"]],
            ["another address", { ...call, name: "192.0.2.1" }, WORDS[name]["another address"]],
            ["foreign authority", { ...call, authority: "other.crt" }, WORDS[name]["foreign authority"]],
          ];
        }));

      it("refuses a certificate that has expired or is not yet valid, and no other", () =>
        comesOf(name, (suite) => [
          ["valid", datedServer(suite, "valid"), SERVED],
          ["expired", datedServer(suite, "expired"), WORDS[name].expired],
          ["not yet valid", datedServer(suite, "not yet valid"), WORDS[name]["not yet valid"]],
        ]));

      it("is not let in with a certificate that has expired, is not yet valid, is of a foreign authority, or was revoked", () =>
        comesOf(name, (suite) => {
          const call = to(suite, "mutualTls", NAME);
          return STRANGERS.map((who) => [who, { ...call, identity: [`${who}.crt`, `${who}.key`] }, NOT_LET_IN]);
        }));
    });
  }

  describe("Node.js and MQTT.js", () => {
    for (const suite of SUITES)
      it(`connects by name and by address, on each listener, and refuses others (${suite})`, async () => {
        const { ip } = lab.host(suite);
        const device = { username: "device", password: outputs.passwords["device"] ?? "" };
        const card = { listener: "mutualTls", certificate: outputs.certificates["card"] } as Login;
        for (const name of [NAME, ip])
          for (const login of [device, card, { ...device, listener: "websockets" } as const])
            await (await open(ip, name, login)).close();
        await assert.rejects(open(ip, "other.example", device), /does not match certificate's altnames/);
        await assert.rejects(
          open(ip, NAME, { ...device, caPem: other }),
          /unable to (get local issuer|verify the first) certificate/,
        );
        assert.equal(await nodeSays(datedServer(suite, "valid")), "connected");
        assert.match(await nodeSays(datedServer(suite, "expired")), /^certificate has expired$/);
        assert.match(await nodeSays(datedServer(suite, "not yet valid")), /^certificate is not yet valid$/);
      });
  });

  /** Has a stack try, of both releases and with the brokers of both. */
  async function comesOf(name: StackName, tries: (suite: Suite) => readonly Try[]): Promise<void> {
    const all = SUITES.flatMap(tries);
    const wrong = [...clients].map(async ([suite, its]) => {
      const answers = await its.ask(
        name,
        all.map(([, call]) => call),
      );
      return all.flatMap(([what, , expected], i) =>
        expected.test(answers[i] ?? "") ? [] : [`${what}, from ${suite}: ${answers[i] ?? ""}`],
      );
    });
    assert.deepEqual((await Promise.all(wrong)).flat(), []);
  }

  function to(suite: Suite, listener: keyof typeof PORTS, name: string): Call {
    const identity = ["card.crt", "card.key"] as const;
    return {
      authority: "ca.crt",
      name,
      address: lab.host(suite).ip,
      port: PORTS[listener],
      question: listener,
      ...(listener === "mutualTls" ? { identity } : {}),
    };
  }

  function datedServer(suite: Suite, dates: Dates): Call {
    return { ...to(suite, "tls", NAME), port: DATED[dates].port, question: "http" };
  }

  function open(address: string, name: string, login: Login): Promise<Session> {
    return Session.open({ address, hostnames: [name], caPem: outputs.ca }, login);
  }

  function nodeSays({ address, port, name }: Call): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect({ host: address, port, servername: name, ca: outputs.ca }, () => {
        socket.destroy();
        resolve("connected");
      });
      socket.once("error", (error) => {
        resolve(messageOf(error));
      });
    });
  }

  /** Gives clients what they need, and starts servers with the brokers' certificates but for their dates. */
  async function prepare(): Promise<void> {
    const key = await stack.authorityKey();
    const card = outputs.certificates["card"] ?? { certificatePem: "", privateKeyPem: "" };
    const stranger = await selfSigned("card");
    other = stranger.certificatePem;
    const identities = {
      card,
      expired: { ...card, certificatePem: dated(card.certificatePem, key, "expired") },
      early: { ...card, certificatePem: dated(card.certificatePem, key, "not yet valid") },
      foreign: stranger,
      revoked: outputs.certificates["revoked"] ?? card,
    };
    const files = {
      "ca.crt": outputs.ca,
      "other.crt": other,
      ...Object.fromEntries(
        Object.entries(identities).flatMap(([who, { certificatePem, privateKeyPem }]) => [
          [`${who}.crt`, certificatePem],
          [`${who}.key`, privateKeyPem],
        ]),
      ),
      tls: loginPacket("device", outputs.passwords["device"]).toString("base64"),
      mutualTls: loginPacket().toString("base64"),
      websockets: Buffer.from(UPGRADE, "latin1").toString("base64"),
      http: Buffer.from("GET / HTTP/1.0\r\n\r\n").toString("base64"),
    };
    for (const its of clients.values()) for (const [name, text] of Object.entries(files)) await its.give(name, text);
    for (const suite of SUITES) {
      const host = lab.host(suite);
      const certificate = await host.readFile(`${CERTS}/server.crt`);
      for (const dates of Object.keys(DATED) as Dates[]) {
        const { port } = DATED[dates];
        await host.writeFile(`/root/${port}.crt`, dated(certificate, key, dates));
        const server = `openssl s_server -accept ${port} -www -cert /root/${port}.crt -key ${CERTS}/server.key`;
        await asRoot(host, `systemd-run -q ${server}; until ss -Hltn | grep -q :${port}; do sleep 0.1; done`);
      }
    }
  }
});

/** The same certificate with other dates. */
function dated(certificate: string, authorityKey: string, dates: Dates): string {
  const [from, to] = DATED[dates].days;
  return datedFromNow(certificate, authorityKey, from, to);
}

/** MQTT 3.1.1: CONNECT, clean session, and DISCONNECT, so that the broker hangs up once it has answered. */
function loginPacket(...login: (string | undefined)[]): Buffer {
  const texts = ["stack", ...login].map((text = "") =>
    Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]),
  );
  const flags = login.length === 0 ? 0x02 : 0xc2;
  const body = Buffer.concat([Buffer.from("\0\x04MQTT\x04"), Buffer.from([flags, 0, 30]), ...texts]);
  return Buffer.concat([Buffer.from([0x10, body.length]), body, Buffer.from([0xe0, 0])]);
}
