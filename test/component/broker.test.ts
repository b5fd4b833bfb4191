import assert from "node:assert/strict";

import { AclRule, insecure, MosquittoBroker, MqttUser, RaspberryPi, TlsAuthority } from "../../sdk";
import { deploy, type Deployed, type Made, type State, valueOf } from "../support/deploy";
import { unpack } from "../support/unpack";

const CHOSEN = "correct horse battery";
const COMMAND = "command:remote:Command";

function pi(name: string, host = "192.168.1.57"): RaspberryPi {
  return new RaspberryPi(name, { connection: { host, user: "pi", hostKey: insecure() } });
}

let broker: MosquittoBroker;

/** The program of the design: all kinds of users and rules, one broker. */
function home(): void {
  const ca = new TlsAuthority("home-ca", { commonName: "Home MQTT CA", organization: "HomeNet" });
  const sensor = new MqttUser("sensor1");
  const relay = new MqttUser("relay1", { certificate: { authority: ca } });
  const admin = new MqttUser("admin", { password: CHOSEN });
  broker = new MosquittoBroker("broker", {
    host: pi("pi"),
    authority: ca,
    hostnames: ["mqtt-pi.local"],
    users: [sensor, relay, admin],
    rules: [
      new AclRule("temp", { user: sensor, access: "write", topic: "home/temperature" }),
      new AclRule("own", { everyone: true, access: "readwrite", topic: "devices/%u/#" }),
    ],
    listeners: { tls: {}, mutualTls: {}, websockets: {} },
  });
}

function ofType({ made }: Deployed, type: string): Made[] {
  return made.filter((resource) => resource.type === type);
}

function filesOf({ inputs }: Made): ReadonlyMap<string, string> {
  return unpack(String(inputs["stdin"]));
}

function secretsOf({ made }: Deployed): string[] {
  const values = made.flatMap(({ inputs }) => Object.entries(inputs));
  return values.flatMap(([key, value]) => (/privateKeyPem$/i.test(key) && typeof value === "string" ? [value] : []));
}

describe("a broker", () => {
  let deployed: Deployed;
  let state: State;
  before(async () => {
    state = new Map();
    deployed = await deploy(home, state);
  });

  it("is one command on its host, whatever the number of users and rules", async () => {
    assert.deepEqual(
      ofType(deployed, COMMAND).map(({ name, parent }) => [name, parent]),
      [["broker-state", "broker"]],
    );
    const many = await deploy(() => {
      const users = Array.from({ length: 100 }, (_, i) => ({ username: `u${String(i)}`, certificate: true }));
      const rules = users.map(({ username }) => ({ user: username, access: "read", topic: username }) as const);
      const authority = new TlsAuthority("ca", { commonName: "CA" });
      new MosquittoBroker("b", { host: pi("p"), authority, users, rules, listeners: { mutualTls: {} } });
    });
    assert.equal(ofType(many, COMMAND).length, 1);
  });

  it("has types and names as documented, and every child has its component as parent", () => {
    const tree = deployed.made.map(({ type, name, parent }) => `${parent}/${name} ${type}`).sort();
    const component = (kind: string) => `mosquitto-pi:index:${kind}`;
    assert.deepEqual(
      tree,
      [
        `/pi ${component("RaspberryPi")}`,
        `/home-ca ${component("TlsAuthority")}`,
        "home-ca/home-ca-key tls:index/privateKey:PrivateKey",
        "home-ca/home-ca-certificate tls:index/selfSignedCert:SelfSignedCert",
        `/sensor1 ${component("MqttUser")}`,
        "sensor1/sensor1-password random:index/randomPassword:RandomPassword",
        "sensor1/sensor1-salt random:index/randomId:RandomId",
        `/relay1 ${component("MqttUser")}`,
        "relay1/relay1-client-key tls:index/privateKey:PrivateKey",
        "relay1/relay1-client-request tls:index/certRequest:CertRequest",
        "relay1/relay1-client-certificate tls:index/locallySignedCert:LocallySignedCert",
        `/admin ${component("MqttUser")}`,
        "admin/admin-salt random:index/randomId:RandomId",
        `/temp ${component("AclRule")}`,
        `/own ${component("AclRule")}`,
        `/broker ${component("MosquittoBroker")}`,
        "broker/broker-server-key tls:index/privateKey:PrivateKey",
        "broker/broker-server-request tls:index/certRequest:CertRequest",
        "broker/broker-server-certificate tls:index/locallySignedCert:LocallySignedCert",
        "broker/broker-canary tls:index/privateKey:PrivateKey",
        `broker/broker-state ${COMMAND}`,
      ].sort(),
    );
  });

  it("leaves no password and no private key readable in state", () => {
    const readable = [
      ...deployed.made.map((made) => made.plainInputs),
      deployed.plainOutputs,
      ...deployed.warnings,
    ].join("\n");
    const secrets = [
      ...secretsOf(deployed),
      ...[...state.values()].flatMap((s) => [s["result"], s["privateKeyPem"]].filter((it) => typeof it === "string")),
      CHOSEN,
    ];
    assert.ok(secrets.length >= 8, "too few secrets were found to look for");
    for (const secret of secrets)
      assert.ok(!readable.includes(secret) && !readable.includes(JSON.stringify(secret).slice(1, -1)));
    assert.doesNotMatch(readable, /\$7\$|PRIVATE KEY/);
  });

  it("sends the Pi no password, no key of the authority and none of a client", () => {
    const [command] = ofType(deployed, COMMAND);
    assert.ok(command);
    const sent = [...filesOf(command).values()].join("\n");
    const key = (name: string) =>
      String(state.get(`tls:index/privateKey:PrivateKey::${name}`)?.["privateKeyPem"]).trim();
    for (const name of ["home-ca-key", "relay1-client-key", "broker-canary"])
      assert.ok(!sent.includes(key(name)), name);
    assert.ok(
      sent.includes(key("broker-server-key")),
      "the server's own key must be there, or this test finds nothing",
    );
    for (const password of [
      CHOSEN,
      String(state.get("random:index/randomPassword:RandomPassword::sensor1-password")?.["result"]),
    ])
      assert.ok(!sent.includes(password));
  });

  it("sends the same bytes again when nothing changed", async () => {
    const again = await deploy(home, state);
    const stdin = (run: Deployed) => ofType(run, COMMAND).map(({ inputs }) => inputs["stdin"]);
    assert.deepEqual(stdin(again), stdin(deployed));
  });

  it("has a certificate for its names, the connection's and loopback, in which IPv4 addresses are names, too", () => {
    const request = deployed.made.find(({ name }) => name === "broker-server-request");
    assert.deepEqual(
      [request?.inputs["subject"], request?.inputs["dnsNames"], request?.inputs["ipAddresses"]],
      [
        { commonName: "mqtt-pi.local" },
        ["mqtt-pi.local", "localhost", "192.168.1.57", "127.0.0.1"],
        ["192.168.1.57", "127.0.0.1", "::1"],
      ],
    );
  });

  it("says where it answers, by what the host reported", async () => {
    assert.equal(await valueOf(broker.url), "mqtts://mqtt-pi.local:8883");
    assert.equal(await valueOf(broker.version), "2.0.11");
    await deploy(
      home,
      new Map(),
      "suite bookworm\ngeneration 1-a\nactivation restart\nfact mosquitto 2.0.11\nfact listening websockets 9009\n",
    );
    assert.equal(await valueOf(broker.url), "wss://mqtt-pi.local:9009");
  });
});

describe("a revoked client", () => {
  const names = (files: ReadonlyMap<string, string>) =>
    (files.get("files/certs/revoked") ?? "").split("\n").map((line) => line.split(" ")[2]);

  for (const role of ["authority", "clientAuthority"] as const)
    it(`is on the list of the \`${role}\`, whose key stays here`, async () => {
      const deployed = await deploy(() => {
        const ca = new TlsAuthority("ca", { commonName: "CA", revoked: ["0A"] });
        const others = role === "authority" ? {} : { authority: new TlsAuthority("other", { commonName: "Other" }) };
        new MosquittoBroker("broker", {
          host: pi("pi"),
          ...others,
          [role]: ca,
          users: [new MqttUser("lost", { certificate: { authority: ca }, revoked: true })],
          listeners: { mutualTls: {} },
        });
      });
      const [command] = ofType(deployed, COMMAND);
      assert.ok(command);
      assert.deepEqual(names(filesOf(command)).slice(1, -1).sort(), ["-", "lost"]);
      assert.match(filesOf(command).get("files/certs/clients.crl") ?? "", /BEGIN X509 CRL/);
      const keys = ofType(deployed, "tls:index/selfSignedCert:SelfSignedCert").map(
        (made) => made.inputs["privateKeyPem"],
      );
      assert.ok(keys.length > 0);
      for (const key of keys) for (const file of filesOf(command).values()) assert.ok(!file.includes(String(key)));
    });
});

describe("several brokers", () => {
  it("share users, rules and one authority", async () => {
    const deployed = await deploy(() => {
      const authority = new TlsAuthority("ca", { commonName: "CA" });
      const users = [new MqttUser("sensor1"), { username: "relay1", certificate: true }];
      const rules = [
        new AclRule("r", { user: "sensor1", access: "write", topic: "a" }),
        { everyone: true, access: "read", topic: "b" } as const,
      ];
      for (const host of ["10.0.0.1", "10.0.0.2", "10.0.0.3"])
        new MosquittoBroker(`broker-${host}`, {
          host: pi(host, host),
          authority,
          users,
          rules,
          listeners: { tls: {}, mutualTls: {} },
        });
    });
    const commands = ofType(deployed, COMMAND);
    const files = commands.map(filesOf);
    assert.equal(commands.length, 3);
    assert.equal(new Set(files.map((f) => f.get("files/acl"))).size, 1);
    assert.equal(new Set(files.map((f) => f.get("files/passwd")?.split("\n")[0])).size, 1);
    assert.equal(new Set(files.map((f) => f.get("files/certs/ca.crt"))).size, 1);
    assert.equal(new Set(files.map((f) => f.get("files/certs/server.key"))).size, 3);
    assert.equal(new Set(files.map((f) => f.get("files/canary"))).size, 3);
  });
});
