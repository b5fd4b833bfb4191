import assert from "node:assert/strict";

import { Field, UNKNOWN } from "../../../sdk/core/field";
import { checkServer } from "../../../sdk/mosquitto/brokerChecks";
import { listenerModels, type Listeners } from "../../../sdk/mosquitto/listeners";
import { serverNames } from "../../../sdk/mosquitto/serverNames";
import { listenerUrls, mainUrl } from "../../../sdk/mosquitto/urls";
import { AUTHORITY, examine, HASH, HOME, SMALL } from "../../support/brokers";
import { dated } from "../../support/dated";
import { newKey, selfSigned, signed, signedFor } from "../../support/providers";

function mistakes(broker: object): string[] {
  return examine(broker).found.map(({ path }) => path);
}

const key = newKey();
const SERVER = ["-addext", "basicConstraints=CA:FALSE"];
const GIVEN = {
  certificatePem: signedFor(key, AUTHORITY, "mqtt-pi.local", [
    ...SERVER,
    "-addext",
    "subjectAltName=DNS:mqtt-pi.local",
  ]),
  privateKeyPem: key,
  caPem: AUTHORITY.certificatePem,
};

describe("a broker", () => {
  it("is right in its smallest and its usual form", () => {
    assert.deepEqual(mistakes(SMALL), []);
    assert.deepEqual(mistakes(HOME), []);
  });

  it("passes all that is not known yet", () => {
    const unknown = Object.fromEntries(
      [
        "hostnames",
        "listeners",
        "users",
        "rules",
        "validity",
        "limits",
        "logging",
        "settings",
        "persistence",
        "allowAnonymous",
      ].map((key) => [key, UNKNOWN]),
    );
    assert.deepEqual(mistakes({ ...unknown, authority: AUTHORITY }), []);
    assert.deepEqual(mistakes({ ...HOME, users: [...HOME.users, UNKNOWN] }), []);
    assert.deepEqual(
      mistakes({ ...HOME, users: [{ username: UNKNOWN, passwordHash: UNKNOWN, certificate: UNKNOWN }] }),
      [],
    );
  });

  it("tells all mistakes at once", () => {
    const wrong = {
      hostnames: ["-"],
      addresses: ["x"],
      validity: "3y",
      listeners: { tls: { port: 0 } },
      users: [{ username: "a b", passwordHash: HASH }],
      rules: [{ user: "sensor1", access: "rw", topic: "a" }],
      persistence: { enabled: "yes" },
      limits: { maxQueuedMessages: -1 },
      logging: { types: ["all"] },
      settings: { x: 1 },
      colour: "red",
    };
    assert.deepEqual(mistakes({ ...wrong, authority: AUTHORITY }).sort(), [
      "addresses[0]",
      "colour",
      "hostnames[0]",
      "limits.maxQueuedMessages",
      "listeners.tls.port",
      "logging.types[0]",
      "persistence.enabled",
      "rules[0].access",
      "rules[0].user",
      "settings.x",
      "users[0].username",
      "validity",
    ]);
  });

  it("has a certificate for its TLS listeners, from one source", () => {
    const { users } = SMALL;
    assert.deepEqual(mistakes({ users }), ["authority"]);
    assert.deepEqual(mistakes({ users, listeners: { websockets: {}, tls: {} } }), ["listeners.tls"]);
    assert.deepEqual(mistakes({ ...SMALL, certificate: GIVEN }), ["certificate"]);
    assert.deepEqual(mistakes({ users, certificate: GIVEN, hostnames: ["mqtt-pi.local"] }), []);
    assert.deepEqual(mistakes({ users, certificate: GIVEN, hostnames: ["other.local"] }), ["hostnames[0]"]);
    assert.deepEqual(mistakes({ users, certificate: { ...GIVEN, privateKeyPem: "key" } }), [
      "certificate.privateKeyPem",
    ]);
  });

  it("takes only authorities to sign, and a certificate for all its names", () => {
    const ordinary = signed(AUTHORITY.certificatePem, AUTHORITY.privateKeyPem, "x", [
      "-addext",
      "basicConstraints=CA:FALSE",
    ]);
    const { users } = SMALL;
    assert.deepEqual(mistakes({ ...SMALL, clientAuthority: { certificatePem: ordinary } }), [
      "clientAuthority.certificatePem",
    ]);
    assert.deepEqual(mistakes({ users, authority: { ...AUTHORITY, certificatePem: ordinary } }), [
      "authority.certificatePem",
      "authority.privateKeyPem",
    ]);
    assert.deepEqual(mistakes({ users, certificate: GIVEN, addresses: ["10.0.0.1"] }), ["addresses[0]"]);
  });

  it("has no certificate that would outlive its authority, nor an authority that has ended", () => {
    const short = selfSigned(AUTHORITY.privateKeyPem, "short", [], ["-days", "10"]);
    const authority = { ...AUTHORITY, certificatePem: short };
    assert.deepEqual(mistakes({ ...SMALL, authority, validity: "10d" }), []);
    for (const validity of ["11d", undefined])
      assert.deepEqual(mistakes({ ...SMALL, authority, validity }), ["validity"]);
    const past = dated("20200101000000Z", "20200201000000Z", { key: AUTHORITY.privateKeyPem, isAuthority: true });
    const ended = { ...AUTHORITY, certificatePem: past + AUTHORITY.certificatePem };
    assert.deepEqual(mistakes({ ...SMALL, authority: ended, validity: "1d" }), ["authority.certificatePem"]);
    assert.deepEqual(mistakes({ ...SMALL, clientAuthority: ended }), ["clientAuthority.certificatePem"]);
  });

  it("has authorities whose root is there: mosquitto would trust none that has not signed itself", () => {
    const other = newKey();
    const intermediate = { certificatePem: signedFor(other, AUTHORITY, "intermediate"), privateKeyPem: other };
    const alone = intermediate.certificatePem;
    const { users } = SMALL;
    assert.deepEqual(mistakes({ users, authority: intermediate }), ["authority.certificatePem"]);
    const chain = { ...intermediate, certificatePem: alone + AUTHORITY.certificatePem };
    assert.deepEqual(mistakes({ users, authority: chain }), []);
    for (const certificatePem of [alone, selfSigned(newKey(), "Other CA") + alone])
      assert.deepEqual(mistakes({ ...SMALL, clientAuthority: { certificatePem } }), ["clientAuthority.certificatePem"]);
    const leaf = signedFor(key, intermediate, "mqtt-pi.local", SERVER);
    const given = { certificatePem: leaf + alone, privateKeyPem: key };
    assert.deepEqual(mistakes({ users, certificate: { ...given, caPem: alone } }), ["certificate.caPem"]);
    assert.deepEqual(mistakes({ users, certificate: { ...given, caPem: AUTHORITY.certificatePem } }), []);
  });

  it("does not let the signer of a given certificate decide who logs in", () => {
    const broker = { users: SMALL.users, certificate: GIVEN, listeners: { tls: {}, mutualTls: {} } };
    assert.deepEqual(mistakes(broker), ["clientAuthority"]);
    assert.deepEqual(mistakes({ ...broker, clientAuthority: { certificatePem: AUTHORITY.certificatePem } }), []);
  });

  it("has users whose certificates it accepts", () => {
    const listeners = { tls: {}, mutualTls: {} };
    const other = newKey();
    const otherCa = { certificatePem: selfSigned(other, "other-ca"), privateKeyPem: other };
    const relay = (ca: typeof otherCa) => ({
      username: "relay1",
      certificate: true,
      certificatePem: signed(ca.certificatePem, ca.privateKeyPem, "relay1"),
    });
    assert.deepEqual(mistakes({ ...SMALL, listeners, users: [relay(AUTHORITY)] }), []);
    assert.deepEqual(mistakes({ ...SMALL, listeners, users: [relay(otherCa)] }), ["users[0].certificatePem"]);
    assert.deepEqual(mistakes({ ...SMALL, listeners, users: [relay(otherCa)], clientAuthority: otherCa }), []);
    assert.deepEqual(mistakes({ ...SMALL, listeners, users: [{ ...relay(otherCa), passwordHash: HASH }] }), []);
  });

  it("has a listener for each user's way to log in", () => {
    const byCertificate = { username: "relay1", certificate: true };
    assert.deepEqual(mistakes({ ...SMALL, users: [byCertificate] }), ["users[0].certificate"]);
    assert.deepEqual(mistakes({ ...SMALL, users: [byCertificate], listeners: { mutualTls: {} } }), []);
    assert.deepEqual(mistakes({ ...SMALL, listeners: { mutualTls: {} } }), ["users[0]"]);
    assert.deepEqual(mistakes({ ...SMALL, users: [{ ...byCertificate, passwordHash: HASH }] }), []);
  });
});

describe("a broker that lets nobody do anything", () => {
  const advice = (broker: object) => examine(broker).advice.map(({ path }) => path);
  it("is reported", () => {
    assert.deepEqual(advice(SMALL), ["rules"]);
    assert.deepEqual(advice(HOME), ["rules[4].topic", "listeners.mutualTls"].sort());
    assert.deepEqual(advice({ ...SMALL, rules: [{ user: "sensor1", access: "read", topic: "a" }] }), []);
    const [mutualTls] = examine(HOME).advice.filter(({ path }) => path === "listeners.mutualTls");
    assert.match(mutualTls?.text ?? "", /^no user has a certificate; whoever .* former user, still gets in there$/);
  });
});

describe("the names of a server", () => {
  it("are those given, the connection's and loopback", () => {
    const { primary, dnsNames, ipAddresses } = serverNames({
      hostnames: ["mqtt-pi.local"],
      connectionHost: "192.168.1.57",
    });
    assert.deepEqual(
      [primary, dnsNames, ipAddresses],
      ["mqtt-pi.local", ["mqtt-pi.local", "localhost"], ["192.168.1.57", "127.0.0.1", "::1"]],
    );
  });

  it("begin with the connection's when none is given", () => {
    assert.equal(serverNames({ connectionHost: "pi.lan" }).primary, "pi.lan");
    assert.deepEqual(serverNames({ connectionHost: "fe80::1%eth0" }).ipAddresses, ["fe80::1", "127.0.0.1", "::1"]);
    assert.deepEqual(serverNames({ addresses: ["::1"], connectionHost: "pi.lan" }).dnsNames, ["pi.lan", "localhost"]);
  });

  it("leave a CN within X.509's 64 characters", () => {
    assert.equal(
      serverNames({ hostnames: [`${"a".repeat(60)}.example`], connectionHost: "x" }).commonName,
      "mosquitto",
    );
  });
});

describe("the name that a broker is called by", () => {
  const leaf = (names: string) =>
    signed(
      AUTHORITY.certificatePem,
      AUTHORITY.privateKeyPem,
      "cn.local",
      names === "" ? [] : ["-addext", `subjectAltName=${names}`],
    );
  const primary = (names: string, more: object = {}) =>
    serverNames({ connectionHost: "192.168.1.57", certificate: { certificatePem: leaf(names) }, ...more }).primary;

  it("is one that the given certificate holds", () => {
    assert.equal(primary("DNS:*.lan,DNS:mqtt.example.org,IP:10.0.0.1"), "mqtt.example.org");
    assert.equal(primary("IP:fe80::1"), "fe80::1");
    assert.equal(primary("DNS:mqtt.example.org,IP:192.168.1.57"), "192.168.1.57");
    assert.equal(primary("DNS:*.lan", { connectionHost: "pi.lan" }), "pi.lan");
    assert.equal(primary("DNS:a.lan,DNS:b.lan", { hostnames: ["b.lan"] }), "b.lan");
  });

  const check = (server: object) => {
    const field = new Field(server);
    checkServer(field);
    return field.found.map(({ path, got }) => [path, got]);
  };

  it("is no name that no certificate can hold", () => {
    for (const connectionHost of ["192.168.1.57", "pi.lan", "pi.local.", "fe80::1%eth0", UNKNOWN])
      assert.deepEqual(check({ connectionHost }), []);
    assert.deepEqual(check({ connectionHost: "my_pi" }), [
      ["hostnames", 'only the connection\'s "my_pi", which no certificate can hold'],
    ]);
    assert.deepEqual(check({ connectionHost: "my_pi", hostnames: ["pi.lan"] }), []);
    const certificate = (names: string) => ({ certificatePem: leaf(names) });
    assert.deepEqual(check({ connectionHost: "pi.lan", certificate: certificate("") }), [
      ["hostnames", "none, nor one in `certificate`"],
    ]);
    assert.deepEqual(check({ connectionHost: "my_pi", certificate: certificate("DNS:a.lan") }), []);
    assert.deepEqual(check({ connectionHost: "my_pi", certificate: { certificatePem: UNKNOWN } }), []);
  });

  it("is one that the host orders a certificate for", () => {
    const certificate = { folder: "/x", domains: ["*.lan", "mqtt.example.org"], host: "pi.lan" };
    const called = (connectionHost: string) => serverNames({ connectionHost, certificate }).primary;
    assert.deepEqual(["192.168.1.57", "pi.lan", "my.pi.lan"].map(called), [
      "mqtt.example.org",
      "pi.lan",
      "mqtt.example.org",
    ]);
    const { dnsNames, ipAddresses } = serverNames({ connectionHost: "192.168.1.57", certificate });
    assert.deepEqual([dnsNames, ipAddresses], [[], []]);
    assert.deepEqual(check({ connectionHost: "pi.lan", certificate }), []);
    assert.deepEqual(check({ connectionHost: "pi.lan", certificate: { ...certificate, domains: UNKNOWN } }), []);
    assert.deepEqual(check({ connectionHost: "pi2.lan", certificate }), [["certificate", "that of pi.lan"]]);
    assert.deepEqual(check({ connectionHost: "192.168.1.57", certificate: { domains: ["*.lan"] } }), [
      ["hostnames", "none, nor one in `certificate`"],
    ]);
    const kept = { ...SMALL, authority: undefined, certificate: { folder: "/x", domains: ["*.lan"] } };
    assert.deepEqual(mistakes({ ...kept, hostnames: ["pi.lan"] }), []);
    const [folder, hostnames] = ["/x", ["a.example"]];
    for (const domains of [UNKNOWN, ["*.lan", UNKNOWN]])
      assert.deepEqual(mistakes({ ...kept, hostnames, certificate: { folder, domains } }), []);
    assert.deepEqual(mistakes({ ...kept, hostnames: ["my.pi.lan"], addresses: ["10.0.0.1"] }), [
      "hostnames[0]",
      "addresses[0]",
    ]);
    assert.deepEqual(mistakes({ ...kept, listeners: { tls: {}, mutualTls: {} } }), ["clientAuthority"]);
  });

  it("has no dot at its end", () => {
    const { primary: name, dnsNames } = serverNames({ connectionHost: "pi.local." });
    assert.deepEqual([name, dnsNames], ["pi.local", ["pi.local", "localhost"]]);
  });
});

describe("the addresses of a broker", () => {
  const facts = { "listening mqtt": "1883", "listening tls": "8883", mosquitto: "2.0.11" };
  const urls = (connectionHost: string, listeners: Listeners, hostnames?: readonly string[]) =>
    listenerUrls(facts, serverNames({ connectionHost, listeners, hostnames }), listenerModels(listeners));

  it("are those that the host said are open", () => {
    const listeners = { tls: {}, websockets: {} };
    assert.deepEqual(urls("10.0.0.1", listeners, ["mqtt-pi.local"]), { tls: "mqtts://mqtt-pi.local:8883" });
    assert.equal(mainUrl(urls("::1", { mqtt: { insecure: true } })), "mqtt://[::1]:1883");
    assert.throws(() => mainUrl({}), /no open listener/);
  });

  it("are where the listener listens", () => {
    const tls = (bind: string) => urls("192.168.1.57", { tls: { bind } }).tls;
    assert.equal(tls("0::0"), "mqtts://192.168.1.57:8883");
    assert.equal(tls("127.0.0.1"), "mqtts://127.0.0.1:8883");
    assert.equal(tls("0:0::1"), "mqtts://[::1]:8883");
    assert.equal(tls("192.168.2.57"), "mqtts://192.168.2.57:8883");
    assert.equal(urls("192.168.1.57", { tls: { bind: "192.168.2.57" } }, ["pi.lan"]).tls, "mqtts://pi.lan:8883");
    assert.equal(urls("192.168.1.57", { tls: { bind: "::1" } }, ["pi.lan"]).tls, "mqtts://[::1]:8883");
  });

  it("stand in the certificate, or are not said", () => {
    const listeners: Listeners = { tls: { bind: "192.168.2.57" }, mqtt: { bind: "192.168.2.57", insecure: true } };
    assert.ok(serverNames({ connectionHost: "10.0.0.1", listeners }).ipAddresses.includes("192.168.2.57"));
    const names = ["-addext", "subjectAltName=IP:10.0.0.1"];
    const certificate = { certificatePem: signed(AUTHORITY.certificatePem, AUTHORITY.privateKeyPem, "x", names) };
    const server = serverNames({ connectionHost: "10.0.0.1", listeners, certificate });
    assert.deepEqual(listenerUrls(facts, server, listenerModels(listeners)), {
      mqtt: "mqtt://192.168.2.57:1883",
      tls: "mqtts://10.0.0.1:8883",
    });
  });

  it("begin with one that others can reach", () => {
    const mqtt = { insecure: true };
    assert.equal(mainUrl(urls("pi.lan", { tls: { bind: "127.0.0.1" }, mqtt })), "mqtt://pi.lan:1883");
    assert.equal(mainUrl(urls("pi.lan", { tls: { bind: "::1" }, mqtt: { bind: "127.0.0.1" } })), "mqtts://[::1]:8883");
    assert.equal(mainUrl(urls("pi.lan", { tls: {}, mqtt })), "mqtts://pi.lan:8883");
  });
});
