import assert from "node:assert/strict";

import fc from "fast-check";

import type { DesiredFile } from "../../../sdk/host/desired";
import { passwordHash } from "../../../sdk/mosquitto/password";
import { brokerModel, type BrokerSpec } from "../../../sdk/mosquitto/model";
import { renderGeneration } from "../../../sdk/mosquitto/render";
import type { ServerCertificate } from "../../../sdk/mosquitto/servedCertificate";
import { AUTHORITY, HOME, mistakesIn, SMALL } from "../../support/brokers";
import { matchesGolden } from "../../support/golden";

const PEMS: ServerCertificate = {
  certificatePem: "server certificate\n",
  privateKeyPem: "server key",
  caPem: "ca certificate\n\n",
  clientCaPem: "ca certificate\n\n",
};

const EVERYTHING: BrokerSpec = {
  ...HOME,
  allowAnonymous: true,
  rules: [
    ...(HOME.rules ?? []),
    { anonymous: true, access: "read", topic: "public/#" },
    { everyone: true, access: "read", topic: "news/#" },
    { everyone: true, access: "deny", topic: "devices/%u/secret" },
  ],
  listeners: {
    mqtt: { port: 1884, bind: "127.0.0.1" },
    tls: { maxConnections: 100, maxQos: 1, bind: "192.168.1.80" },
    mutualTls: { tlsVersion: "1.3", ciphers: "ECDHE+AESGCM" },
    websockets: { port: 9443 },
  },
  persistence: { autosaveInterval: "5m", clientExpiration: "14d" },
  limits: {
    maxInflightMessages: 10,
    maxInflightBytes: 0,
    maxQueuedMessages: 500,
    maxQueuedBytes: 1_000_000,
    queueQos0Messages: true,
    maxPacketSize: 100_000,
    maxKeepalive: "1h",
    memoryLimit: 100_000_000,
  },
  logging: {
    destinations: ["file", "syslog", "stdout", "topic"],
    types: ["error", "debug"],
    connectionMessages: false,
  },
  settings: { upgrade_outgoing_qos: true, sys_interval: 60, log_timestamp_format: "%Y-%m-%dT%H:%M:%S" },
};

/** What follows from the authority of this run, which has another key in each. */
const REVOCATION = {
  list: "revocation list\n",
  listed: ["0123456789abcdef"],
  lines: ["authority 0123456789abcdef", "0A 2027-01-31T12:00:00Z lost"],
};

function render(spec: BrokerSpec, pems: ServerCertificate | undefined = PEMS): DesiredFile[] {
  assert.equal(mistakesIn(spec), "");
  const { revocation, ...model } = brokerModel(spec);
  return renderGeneration(
    { ...model, revocation: revocation && { ...REVOCATION, list: revocation.list && REVOCATION.list } },
    pems,
    "seed",
  );
}

describe("the files of a broker", () => {
  for (const [name, spec, pems] of [
    ["small", SMALL, PEMS],
    ["home", HOME, PEMS],
    ["everything", EVERYTHING, { ...PEMS, clientCaPem: "ca of clients" }],
  ] as const)
    it(`are as reviewed: ${name}`, () => {
      const files = render(spec, pems);
      for (const { path, content } of files) matchesGolden(`${name}/${path}`, content);
      matchesGolden(
        `${name}.files`,
        files
          .map((f) => `${f.mode} ${f.owner}:${f.group} ${f.path}\n`)
          .sort()
          .join(""),
      );
    });

  it("are the same bytes for the same broker, and have another canary for another", () => {
    fc.assert(
      fc.property(fc.constantFrom(SMALL, HOME, EVERYTHING), fc.integer({ min: 1024, max: 65535 }), (spec, port) => {
        const varied: BrokerSpec = { ...spec, listeners: { tls: { port } } };
        const [one, two] = [render(varied), render(structuredClone(varied))];
        assert.deepEqual(one, two);
        const other = render({ ...spec, listeners: { tls: { port: port === 1024 ? 1025 : 1024 } } });
        if (port !== 1024) assert.notEqual(canaryOf(one), canaryOf(other));
      }),
      { numRuns: 30 },
    );
  });

  it("change the canary with a password, whoever's it is", () => {
    const changed = HOME.users.map((user, i) =>
      i === 1 ? { ...user, passwordHash: passwordHash("new", Buffer.alloc(12), 101) } : user,
    );
    assert.notEqual(canaryOf(render(HOME)), canaryOf(render({ ...HOME, users: changed })));
  });

  it("let only mosquitto read secrets", () => {
    const readable = render(EVERYTHING).filter((file) => Number.parseInt(file.mode, 8) & 0o004);
    for (const { path } of readable) assert.doesNotMatch(path, /^(passwd|acl|canary|certs\/server\.key)$/);
  });

  it("never hold a certificate when no listener has TLS", () => {
    const plain: BrokerSpec = { users: SMALL.users, listeners: { mqtt: { bind: "127.0.0.1" } } };
    assert.equal(mistakesIn(plain), "");
    const paths = renderGeneration(brokerModel(plain), undefined, "seed").map((f) => f.path);
    assert.deepEqual(
      paths.filter((path) => path.startsWith("certs/")),
      [],
    );
  });

  it("lead to where the host keeps its certificate", () => {
    const kept = { folder: "/var/lib/kept/live", clientCaPem: "ca of clients" };
    const files = render(
      {
        ...SMALL,
        certificate: { ...kept, domains: [] },
        authority: undefined,
        listeners: { tls: {}, mutualTls: {} },
        clientAuthority: AUTHORITY,
      },
      kept,
    );
    const text = (path: string) => files.find((file) => file.path === path)?.content ?? "";
    assert.deepEqual(
      files.flatMap(({ path }) => (path.startsWith("certs/") ? [path] : [])),
      ["certs/clients.crl", "certs/revoked", "certs/client-ca.crt"],
    );
    assert.match(text("plan"), /^certificate \/var\/lib\/kept\/live\n/m);
    assert.match(
      text("conf.d/tls.conf"),
      /^certfile \/var\/lib\/kept\/live\/server\.crt\nkeyfile \/var\/lib\/kept\/live\/server\.key\n/m,
    );
    assert.match(text("conf.d/mutual-tls.conf"), /^cafile \/etc\/mosquitto\/current\/certs\/client-ca\.crt\n/m);
  });

  it("name no key twice that mosquitto wants once", () => {
    const lines = render(EVERYTHING)
      .filter((f) => f.path.endsWith(".conf") && f.path !== "systemd.conf")
      .flatMap((f) => f.content.split("\n"));
    const once = lines
      .map((line) => line.split(" ")[0] ?? "")
      .filter((key) => /^(password_file|acl_file|persistence|max_|allow_|include)/.test(key));
    const global = once.filter((key) => key !== "max_connections" && key !== "max_qos");
    assert.equal(new Set(global).size, global.length);
  });
});

function canaryOf(files: readonly DesiredFile[]): string | undefined {
  return files.find((file) => file.path === "canary")?.content;
}
