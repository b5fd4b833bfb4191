import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { GAP } from "../../../sdk/core/gap";
import { renderAcl } from "../../../sdk/mosquitto/acl";
import { brokerModel, type BrokerSpec } from "../../../sdk/mosquitto/model";
import { renderGeneration } from "../../../sdk/mosquitto/render";
import type { UserSpec } from "../../../sdk/mosquitto/users";
import { revocationList } from "../../../sdk/tls/crl";
import { mayAccess, parseAcl } from "../../support/aclFile";
import { AUTHORITY, examine, HASH, mistakesIn } from "../../support/brokers";
import { repository } from "../../support/markdown";
import { newKey, selfSigned, signed } from "../../support/providers";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporaryFolder";

const certificateOf = (name: string) => signed(AUTHORITY.certificatePem, AUTHORITY.privateKeyPem, name);
const user = (username: string, more: Partial<UserSpec> = {}): UserSpec => ({
  username,
  certificate: true,
  certificatePem: certificateOf(username),
  ...more,
});

function broker(users: readonly UserSpec[], more: Partial<BrokerSpec> = {}): BrokerSpec {
  return { authority: AUTHORITY, users, listeners: { tls: {}, mutualTls: {} }, ...more };
}

function pathsOfMistakes(spec: unknown): string[] {
  return examine(spec).found.map(({ path }) => path);
}

const serialOf = (pem: string | undefined) => new X509Certificate(pem ?? "").serialNumber;
const endOf = (pem: string | undefined) =>
  `${new Date(new X509Certificate(pem ?? "").validTo).toISOString().slice(0, 19)}Z`;

/** What OpenSSL reads in a list. */
function serialsIn(list: string): string[] {
  const text = execFileSync("openssl", ["crl", "-noout", "-text"], { input: list, encoding: "utf8" });
  return [...text.matchAll(/Serial Number: (\w+)/g)].map(([, serial]) => serial ?? "");
}

describe("a broker's list of what is revoked", () => {
  const lost = user("lost", { revoked: true });

  it("is there and empty before anything is revoked", () => {
    const { revocation } = brokerModel(broker([user("relay1")]));
    assert.ok(revocation);
    assert.deepEqual(serialsIn(revocation.list ?? ""), []);
    assert.equal(revocation.lines.length, 1);
  });

  it("holds the certificates of revoked users, and the numbers that the authority is given, each once", () => {
    const authority = { ...AUTHORITY, revoked: ["0A:0b", serialOf(lost.certificatePem).toLowerCase()] };
    const { revocation } = brokerModel(broker([lost, user("relay1")], { authority }));
    assert.ok(revocation);
    assert.deepEqual(serialsIn(revocation.list ?? ""), ["0A0B", serialOf(lost.certificatePem)].sort());
    const [head = "", ...lines] = revocation.lines;
    assert.match(head, /^authority [0-9a-f]{16}$/);
    const key = head.replace("authority ", "");
    assert.deepEqual(
      lines,
      [
        `0A0B ${endOf(AUTHORITY.certificatePem)} - ${key}`,
        `${serialOf(lost.certificatePem)} ${endOf(lost.certificatePem)} lost ${key}`,
      ].sort(),
    );
  });

  it("is there for listeners that ask for certificates only, and where it can be complete only", () => {
    const other = newKey();
    const others = selfSigned(other, "Other CA");
    for (const spec of [
      broker([], { listeners: { tls: {} } }),
      broker([], { clientAuthority: { certificatePem: AUTHORITY.certificatePem } }),
      broker([], { clientAuthority: { ...AUTHORITY, certificatePem: AUTHORITY.certificatePem + others } }),
    ])
      assert.deepEqual(brokerModel({ ...spec, users: [lost] }).revocation?.list, undefined);
    const both = { ...AUTHORITY, certificatePem: AUTHORITY.certificatePem + others };
    const keys = { others: [{ certificatePem: others, privateKeyPem: other }] };
    const lists = brokerModel(broker([], { clientAuthority: { ...both, ...keys } })).revocation;
    assert.equal(lists?.list?.match(/BEGIN X509 CRL/g)?.length, 2);
    assert.equal(lists.lines.length, 2);
    const intermediate = signed(others, other, "Home CA", ["-key", "caKey"]);
    const chain = { certificatePem: intermediate + others, privateKeyPem: other };
    assert.ok(brokerModel(broker([], { clientAuthority: chain })).revocation?.list);
  });

  it("is told in words where there is none, so that the Pi can let nothing be forgotten", () => {
    const { certificatePem } = AUTHORITY;
    const told = brokerModel(broker([lost])).revocation?.lines;
    assert.equal(told?.length, 2);
    for (const more of [{ listeners: { tls: {} } }, { clientAuthority: { certificatePem } }]) {
      const model = brokerModel(broker([lost], more));
      assert.deepEqual(model.revocation, { list: undefined, listed: [], lines: told });
      const files = renderGeneration(model, undefined, "seed");
      assert.deepEqual(
        files.filter(({ path }) => path.startsWith("certs/")).map(({ path }) => path),
        ["certs/revoked"],
      );
    }
    const two = { ...AUTHORITY, certificatePem: certificatePem + selfSigned(newKey(), "Other CA") };
    assert.equal(brokerModel(broker([lost], { clientAuthority: two })).revocation?.lines.length, 3);
    const { revocation } = brokerModel(broker([], { authority: undefined, listeners: { plain: {} } } as never));
    assert.equal(revocation, undefined);
  });

  it("is the authority's own where that is given: it is on it what stands there, with the name of whose certificate it is", () => {
    const { certificatePem } = AUTHORITY;
    const relay = user("relay1");
    const crlPem = revocationList(AUTHORITY, ["0A0B", serialOf(relay.certificatePem)]);
    const spec = broker([relay], { clientAuthority: { certificatePem, crlPem: `Revoked\n${crlPem}` } });
    const { revocation } = brokerModel(spec);
    assert.ok(revocation);
    assert.equal(revocation.list, crlPem);
    const [key = ""] = revocation.listed;
    assert.deepEqual(revocation.lines, [
      `authority ${key}`,
      ...[`0A0B - - ${key}`, `${serialOf(relay.certificatePem)} - relay1 ${key}`].sort(),
    ]);
    assert.equal(brokerModel({ ...spec, listeners: { tls: {} } }).revocation?.list, undefined);
    const unknown = broker([], { clientAuthority: { certificatePem, crlPem: GAP } });
    assert.deepEqual(brokerModel(unknown).revocation, { list: GAP, listed: [], lines: [GAP] });
  });

  it("leaves out a certificate that another authority has signed: it lets nobody in here", () => {
    const key = newKey();
    const foreign = signed(selfSigned(key, "Other CA"), key, "lost");
    const spec = broker([{ ...lost, passwordHash: HASH, certificatePem: foreign }]);
    assert.deepEqual(brokerModel(spec).revocation?.lines.length, 1);
  });

  it("is not known before what it is made of is", () => {
    for (const spec of [
      broker([{ ...lost, certificatePem: GAP }]),
      broker([], { authority: { certificatePem: GAP, privateKeyPem: GAP } }),
    ])
      assert.deepEqual(brokerModel(spec).revocation, { list: GAP, listed: [], lines: [GAP] });
    assert.notEqual(brokerModel(broker([user("relay1", { certificatePem: GAP })])).revocation?.list, GAP);
  });

  it("takes the password with it, and what older certificates of the name could do", () => {
    const rules = [
      { user: "lost", access: "readwrite", topic: "a" },
      { everyone: true, access: "readwrite", topic: "devices/%u/#" },
      { everyone: true, access: "read", topic: "$SYS/%u" },
    ] as const;
    const spec = broker([{ ...lost, passwordHash: HASH }, user("relay1", { passwordHash: HASH })], { rules });
    assert.equal(mistakesIn(spec), "");
    const files = renderGeneration(brokerModel(spec), undefined, "seed");
    const contentOf = (path: string) => files.find((file) => file.path === path)?.content ?? "";
    assert.doesNotMatch(contentOf("passwd"), /^lost:/m);
    assert.match(contentOf("passwd"), /^relay1:/m);
    const acl = parseAcl(contentOf("acl"));
    for (const topic of ["a", "devices/lost/x", "$SYS/lost"])
      for (const to of ["read", "write"] as const) assert.equal(mayAccess(acl, "lost", "id", topic, to), false);
    assert.ok(mayAccess(acl, "relay1", "id", "devices/relay1/x", "write"));
    assert.equal(renderAcl(["relay1"], rules), renderAcl(["relay1"], rules, {}));
  });
});

describe("mistakes with what is revoked", () => {
  const lost = user("lost", { revoked: true });

  it("are a user without certificate, or without a known one", () => {
    assert.deepEqual(pathsOfMistakes(broker([{ username: "a", passwordHash: HASH, revoked: true }])), [
      "users[0].revoked",
    ]);
    assert.deepEqual(pathsOfMistakes(broker([{ username: "a", certificate: true, revoked: true }])), [
      "users[0].revoked",
    ]);
    assert.deepEqual(pathsOfMistakes(broker([{ ...lost, revoked: "yes" as never }])), ["users[0].revoked"]);
  });

  it("are a certificate that is none, or somebody else's", () => {
    for (const certificatePem of ["relay1.crt", AUTHORITY.privateKeyPem, certificateOf("relay1")])
      for (const revoked of [true, false])
        assert.deepEqual(pathsOfMistakes(broker([{ ...lost, certificatePem, revoked }])), ["users[0].certificatePem"]);
  });

  it("are an authority that can't revoke", () => {
    const unfit = selfSigned(AUTHORITY.privateKeyPem, "test-ca", [], ["-addext", "keyUsage=keyCertSign"]);
    const { certificatePem, privateKeyPem } = AUTHORITY;
    for (const clientAuthority of [
      { certificatePem },
      { certificatePem: unfit, privateKeyPem },
      { certificatePem: certificatePem + selfSigned(newKey(), "Other CA"), privateKeyPem },
    ]) {
      assert.deepEqual(pathsOfMistakes(broker([lost], { clientAuthority })), ["users[0].revoked"]);
      const given = { ...clientAuthority, revoked: ["0A"] };
      assert.deepEqual(pathsOfMistakes(broker([], { clientAuthority: given })), ["clientAuthority.revoked"]);
    }
  });

  it("are a given list that a revoked user is not on, and one beside what it stands in for", () => {
    const { certificatePem } = AUTHORITY;
    const listed = (...serials: string[]) => ({ certificatePem, crlPem: revocationList(AUTHORITY, serials) });
    assert.deepEqual(pathsOfMistakes(broker([lost], { clientAuthority: listed() })), ["users[0].revoked"]);
    assert.equal(mistakesIn(broker([lost], { clientAuthority: listed(serialOf(lost.certificatePem)) })), "");
    for (const more of [{ revoked: ["0A"] }, { privateKeyPem: AUTHORITY.privateKeyPem }])
      assert.deepEqual(pathsOfMistakes(broker([], { clientAuthority: { ...listed(), ...more } })), [
        "clientAuthority.crlPem",
      ]);
    assert.deepEqual(pathsOfMistakes(broker([], { authority: { ...AUTHORITY, ...listed() } })), ["authority.crlPem"]);
  });

  it("are serial numbers that are none, or twice the same", () => {
    const paths = (revoked: unknown) =>
      pathsOfMistakes(broker([], { authority: { ...AUTHORITY, revoked: revoked as never } }));
    assert.deepEqual(paths(["0A", "ff:01", "7"]), []);
    for (const bad of ["", "0", "00:00", "xyz", "serial=0A", "-1", "0A:", "A:B", "1".repeat(41), 10])
      assert.deepEqual(paths([bad]), ["authority.revoked[0]"], String(bad));
    assert.deepEqual(paths(["0A", "01", "a"]), ["authority.revoked[2]"]);
    assert.deepEqual(paths("0A"), ["authority.revoked"]);
  });

  it("are not a revoked user whose listener or whose authority is no longer there", () => {
    assert.equal(mistakesIn(broker([lost], { listeners: { tls: {} } })), "");
    const key = newKey();
    const authority = { certificatePem: selfSigned(key, "New CA"), privateKeyPem: key };
    assert.equal(mistakesIn(broker([lost], { authority })), "");
    assert.deepEqual(
      examine(broker([lost], { authority })).advice.map(({ path }) => path),
      ["users[0].certificatePem", "rules"],
    );
    assert.deepEqual(
      examine(broker([lost])).advice.map(({ path }) => path),
      ["rules"],
    );
  });
});

/** revocation.sh with stand-ins for what it asks. */
describe("on the Pi, what is revoked", () => {
  const script = readFileSync(join(repository, "sdk/mosquitto/shell/revocation.sh"), "utf8");
  let folder: TemporaryFolder;
  beforeEach(() => (folder = temporaryFolder("revocation")));
  afterEach(() => {
    folder.remove();
  });

  const KEY = "0123456789abcdef";
  const HEAD = `authority ${KEY}`;
  const FUTURE = "2999-01-01T00:00:00Z";

  function generation(name: string, revoked: readonly string[] | undefined, log = ""): void {
    const path = join(folder.path, name);
    mkdirSync(join(path, "certs"), { recursive: true });
    writeFileSync(join(path, "mosquitto.conf"), `log_dest file ${path}/log\n`);
    writeFileSync(join(path, "log"), log);
    const file = join(path, "certs/revoked");
    if (revoked === undefined) rmSync(file, { force: true });
    else writeFileSync(file, revoked.map((line) => `${line}\n`).join(""));
  }

  /** The exit code, and what was said and asked for. */
  function run(command: string, sockets = "", kills = true) {
    const stand_ins = `
      set -eu
      cd '${folder.path}'
      dir=$PWD/new listeners='tls 8883 * mqtt tls
mutualTls 8884 * mqtt mutual-tls'
      say() { echo "said $*"; }
      fail() { say "$*"; exit 1; }
      eventually() { :; }
      ss() {
        case "$*" in
          -HtnK*) echo "killed $7" >>"$PWD/killed" ;;
          *'sport = :8884') printf '%s' '${sockets}' ;;
          *) ${kills ? ":" : "echo there"} ;;
        esac
      }`;
    const script_ = `${stand_ins}\n${script}\n${command}`;
    const { status, stdout, stderr } = spawnSync("sh", ["-c", script_], { encoding: "utf8" });
    assert.equal(stderr, "");
    return { status, stdout };
  }
  const killed = () => {
    try {
      return readFileSync(join(folder.path, "killed"), "utf8").trim().split("\n");
    } catch {
      return [];
    }
  };
  const check = () => run('check_revoked "$PWD/old"; echo fine');
  const cut = (sockets: string, kills?: boolean) => run('cut_revoked "$PWD/old"', sockets, kills);

  it("may not be forgotten while it could live, as long as its authority is trusted", () => {
    generation("old", [HEAD, `0A ${FUTURE} lost ${KEY}`, `0B 2020-01-01T00:00:00Z ended ${KEY}`]);
    generation("new", [HEAD]);
    assert.deepEqual(check().status, 1);
    assert.match(check().stdout, /0A 2999-01-01T00:00:00Z lost; put the numbers into `revoked` of their authority/);
    assert.doesNotMatch(check().stdout, /0B/);
    generation("new", [HEAD, `0A ${FUTURE} - ${KEY}`]);
    assert.equal(check().stdout, "fine\n");
    generation("new", ["authority fedcba9876543210", HEAD, `0A ${FUTURE} lost fedcba9876543210`]);
    assert.deepEqual(check().status, 1);
    generation("new", ["authority fedcba9876543210"]);
    assert.equal(check().stdout, "fine\n");
    generation("new", undefined);
    const { status, stdout } = check();
    assert.deepEqual([status, /0A .* lost;/.test(stdout), stdout.includes("0B")], [1, true, false]);
    generation("old", [HEAD]);
    assert.equal(check().stdout, "fine\n");
    generation("first", undefined);
    assert.equal(run('check_revoked "$PWD/first"; echo fine').stdout, "fine\n");
  });

  const SOCKETS = [
    "0 0 10.0.0.1:8884 10.0.0.9:1001",
    "0 0 10.0.0.1:8884 10.0.0.9:1002",
    "0 0 [fd00::1]:8884 [fd00::9]:1003",
    "",
  ].join("\n");
  const came = (peer: string, name: string, id = "id") =>
    `1795407378: New client connected from ${peer} as ${id} (p2, c1, k60, u'${name}').\n`;
  const OTHERS = came("10.0.0.9:1002", "relay1") + came("fd00::9:1003", "relay2");

  it("is cut off at once, and nobody else", () => {
    generation("old", [HEAD]);
    generation(
      "new",
      [HEAD, `0A ${FUTURE} lost ${KEY}`],
      came("10.0.0.9:1001", "relay1") + OTHERS + came("10.0.0.9:1001", "lost"),
    );
    assert.equal(cut(SOCKETS).status, 0);
    assert.deepEqual(killed(), ["killed 10.0.0.9:1001"]);
  });

  it("can't hide behind a client id, and takes with it whom the log does not know", () => {
    const forged = "New client connected from 10.0.0.9:1001 as x (p2, c1, k60, u'relay1').";
    generation("old", [HEAD]);
    generation(
      "new",
      [HEAD, `0A ${FUTURE} lost ${KEY}`],
      came("10.0.0.9:1001", "lost", forged) + came("10.0.0.9:1002", "relay1"),
    );
    assert.equal(cut(SOCKETS).status, 0);
    assert.deepEqual(killed(), ["killed 10.0.0.9:1001", "killed [fd00::9]:1003"]);
  });

  it("is everybody once where only a number is known, nobody when it was revoked before", () => {
    generation("old", [HEAD, `0A ${FUTURE} lost ${KEY}`]);
    generation("new", [HEAD, `0A ${FUTURE} - ${KEY}`], came("10.0.0.9:1001", "lost") + OTHERS);
    assert.equal(cut(SOCKETS).status, 0);
    assert.deepEqual(killed(), []);
    generation(
      "new",
      [HEAD, `0A ${FUTURE} lost ${KEY}`, `0C ${FUTURE} - ${KEY}`],
      came("10.0.0.9:1001", "lost") + OTHERS,
    );
    assert.equal(cut(SOCKETS).status, 0);
    assert.equal(killed().length, 3);
  });

  it("is nobody where another authority is trusted besides, which has let nobody in until now", () => {
    const other = "fedcba9876543210";
    generation("old", [HEAD, `0C ${FUTURE} - ${KEY}`]);
    generation("new", [HEAD, `authority ${other}`, `0C ${FUTURE} - ${KEY}`, `0C ${FUTURE} - ${other}`], OTHERS);
    assert.equal(cut(SOCKETS).status, 0);
    assert.deepEqual(killed(), []);
  });

  it("may go again from a list that its authority makes", () => {
    generation("old", [HEAD, `0A - - ${KEY}`]);
    generation("new", [HEAD]);
    assert.equal(check().stdout, "fine\n");
  });

  it("needs a restart where the kernel cuts no connections", () => {
    generation("old", [HEAD]);
    generation("new", [HEAD, `0A ${FUTURE} lost ${KEY}`], came("10.0.0.9:1001", "lost") + OTHERS);
    assert.equal(cut(SOCKETS, false).status, 1);
  });
});
