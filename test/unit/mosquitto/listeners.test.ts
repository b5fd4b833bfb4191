import assert from "node:assert/strict";

import fc from "fast-check";

import { LISTENER_NAMES, LISTENERS, listenerModels, type Listeners } from "../../../sdk/mosquitto/listeners";
import { type VersionFacts, VERSIONS } from "../../../sdk/mosquitto/versions";
import { examine, SMALL } from "../../support/brokers";

function mistakes(listeners: unknown, suite?: string): string[] {
  const field = examine({ ...SMALL, listeners, suite });
  return field.found.map((issue) => issue.path);
}

describe("listeners", () => {
  it("are TLS on 8883 when nothing is said", () => {
    assert.deepEqual(listenerModels(undefined), [
      { name: "tls", port: 8883, tls: { version: "1.2", ciphers: "ECDHE+AESGCM:ECDHE+CHACHA20" } },
    ]);
  });

  it("have the usual ports", () => {
    assert.deepEqual(
      listenerModels({ mqtt: {}, tls: {}, mutualTls: {}, websockets: {} }).map((l) => [l.name, l.port]),
      [
        ["mqtt", 1883],
        ["tls", 8883],
        ["mutualTls", 8884],
        ["websockets", 9001],
      ],
    );
  });

  it("are unencrypted only on loopback, or when it is said", () => {
    const mqtt = (listener: object) => mistakes({ mqtt: listener, tls: {} });
    assert.deepEqual(mqtt({}), ["listeners.mqtt.bind"]);
    assert.deepEqual(mqtt({ bind: "192.168.1.80" }), ["listeners.mqtt.bind"]);
    assert.deepEqual(mqtt({ bind: "0.0.0.0" }), ["listeners.mqtt.bind"]);
    assert.deepEqual(mqtt({ bind: "127.0.0.1.evil.example" }), ["listeners.mqtt.bind", "listeners.mqtt.bind"]);
    for (const right of [{ bind: "127.0.0.1" }, { bind: "127.8.0.1" }, { bind: "::1" }, { insecure: true }])
      assert.deepEqual(mqtt(right), []);
  });

  it("may spell an address in any way, and it is written in the usual one", () => {
    const bindOf = (bind: string) => listenerModels({ tls: { bind } })[0]?.bind;
    assert.deepEqual(["0::0", "FE80:0::1", "127.0.0.1"].map(bindOf), ["::", "fe80::1", "127.0.0.1"]);
    assert.deepEqual(mistakes({ tls: {}, mqtt: { bind: "0:0:0:0:0:0:0:1" } }), []);
    assert.deepEqual(mistakes({ tls: { bind: "0::0" }, mqtt: { port: 8883, bind: "127.0.0.1" } }), [
      "listeners.tls.port",
    ]);
  });

  it("have no address with a zone", () => {
    const { found } = examine({ ...SMALL, listeners: { tls: { bind: "fe80::1%eth0" } } });
    assert.deepEqual(
      found.map(({ path, fix }) => [path, fix?.split(";")[0]]),
      [["listeners.tls.bind", "a zone (%eth0) means nothing on another machine"]],
    );
  });

  it("share no port on one address", () => {
    const port = fc.constantFrom(undefined, 1883, 8883, 8884, 9001, 5000);
    const bind = fc.constantFrom(undefined, "127.0.0.1", "127.0.0.2", "0.0.0.0");
    const listener = fc.option(fc.record({ port, bind }), { nil: undefined });
    fc.assert(
      fc.property(fc.record({ mqtt: listener, tls: listener, mutualTls: listener, websockets: listener }), (all) => {
        const listeners = { ...all, mqtt: all.mqtt && { ...all.mqtt, insecure: true } };
        const used = LISTENER_NAMES.flatMap((n) =>
          listeners[n] ? [{ port: listeners[n].port ?? LISTENERS[n].port, bind: listeners[n].bind ?? "0.0.0.0" }] : [],
        );
        const clash = used.some((a, i) =>
          used.some(
            (b, j) => i < j && a.port === b.port && (a.bind === b.bind || [a.bind, b.bind].includes("0.0.0.0")),
          ),
        );
        assert.equal(
          mistakes(listeners).some((path) => path.endsWith(".port")),
          clash,
        );
      }),
    );
  });

  it("are checked one by one", () => {
    assert.deepEqual(
      mistakes({
        tls: { port: 443, bind: "eth0", maxConnections: 0, maxQos: 3, tlsVersion: "1.1", cipher: "x" },
        tcp: {},
      }).sort(),
      [
        "listeners.tcp",
        ...["bind", "cipher", "maxConnections", "maxQos", "port", "tlsVersion"].map((key) => `listeners.tls.${key}`),
      ],
    );
    assert.deepEqual(mistakes({}), ["listeners"]);
    assert.deepEqual(mistakes("tls"), ["listeners"]);
  });

  describe("have ciphers", () => {
    const expected = (ciphers: string) =>
      examine({ ...SMALL, listeners: { tls: { ciphers } } }).found.map((issue) => `${issue.path}: ${issue.expected}`);
    const REFUSED: Readonly<Record<string, readonly string[]>> = {
      "no ciphers without authentication": ["ALL", "HIGH", "AESGCM", "COMPLEMENTOFDEFAULT", "ADH-AES256-SHA256"],
      "no ciphers without strong encryption": [
        "ECDHE-ECDSA-NULL-SHA",
        "kRSA",
        "DEFAULT:aNULL",
        "DEFAULT:MD5",
        "ECDHE+AESGCM:RC4-SHA",
        "ECDHE+AESGCM:EXPORT",
        "ECDHE+AESGCM:3DES",
      ],
      "a cipher with forward secrecy": ["kRSA:!eNULL", "AES256-GCM-SHA384"],
      "a list with a cipher that OpenSSL knows": ["BOGUS", "!ALL", "RC4-MD5"],
      "OpenSSL's security level 2": ["ECDHE+AESGCM@SECLEVEL=0"],
      "TLS 1.2 ciphers only": ["TLS_AES_128_GCM_SHA256"],
      "a list of ciphers": ["a b", "", "HIGH\nallow_anonymous true"],
    };
    for (const [text, lists] of Object.entries(REFUSED))
      for (const list of lists)
        it(`of some strength: not ${JSON.stringify(list)}`, () => {
          const [issue, ...more] = expected(list);
          assert.ok(issue?.startsWith(`listeners.tls.ciphers: ${text}`), issue);
          assert.deepEqual(more, []);
        });
    it("that need not be the default", () => {
      for (const list of [
        "DEFAULT",
        "HIGH:!aNULL",
        "HIGH:!aNULL:!MD5",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE+AESGCM:-RC4",
        "ECDHE+AESGCM:ECDHE+CHACHA20",
        "EECDH+AES",
      ])
        assert.deepEqual(expected(list), [], list);
    });
  });

  describe("on what the versions of mosquitto can't do", () => {
    const websockets: Listeners = { websockets: {} };
    for (const [suite, facts] of Object.entries<VersionFacts>(VERSIONS)) {
      it(`${facts.version}: websockets alone`, () => {
        assert.deepEqual(mistakes(websockets, suite), facts.needsNativeListener ? ["listeners"] : []);
      });
      it(`${facts.version}: TLS 1.3 only on websockets`, () => {
        const path = facts.websocketsIgnoreTlsVersion ? ["listeners.websockets.tlsVersion"] : [];
        assert.deepEqual(mistakes({ tls: { tlsVersion: "1.3" }, websockets: { tlsVersion: "1.3" } }, suite), path);
      });
      it(`${facts.version}: a limit of connections`, () => {
        const { advice } = examine({ ...SMALL, suite, listeners: { tls: { maxConnections: 2 } } });
        const told = advice.some(({ path }) => path === "listeners.tls.maxConnections");
        assert.equal(told, facts.exceedsMaxConnections);
      });
    }
    it("takes the strictest when the release is not known", () => {
      assert.deepEqual(mistakes(websockets), ["listeners"]);
    });
  });
});
