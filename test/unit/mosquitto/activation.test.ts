import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { GAP } from "../../../sdk/core/gap";
import { foresee, passwordsDigest, type Situation } from "../../../sdk/mosquitto/activation";
import { CANARY } from "../../../sdk/mosquitto/canary";
import { quirksOf, VERSIONS, versionLines } from "../../../sdk/mosquitto/versions";
import { KeyAlgorithm } from "../../../sdk/tls/model";
import { repository } from "../../support/markdown";
import { newKey, selfSigned } from "../../support/providers";

const ec = selfSigned(newKey(), "ec");
const rsaKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" });
const rsa = selfSigned(rsaKey.toString(), "rsa");

/** A broker of the guide, without anything that stands in the way of a reload. */
const SOUND: Situation = {
  changes: ["acl", "canary", "passwd"],
  certificate: { live: ec, wanted: ec },
  hasOtherPasswords: false,
  runs: "live",
  listeners: ["tls"],
  limitsListeners: false,
  takesAuthorities: false,
  persistence: true,
  version: "2.0.11",
  restored: "no",
};
/** activation.sh, with stand-ins for what is found out. */
const SCRIPT = readFileSync(join(repository, "sdk/mosquitto/shell/activation.sh"), "utf8");
const STAND_INS = `
  ask_systemd() { :; }; check_overriding() { :; }; note_loaded() { :; }; say() { echo "$*"; }; systemctl() { :; }
  password_files() { :; }; reload_harm() { :; }; restart_reason() { :; }; wake_websockets() { :; }; kill() { :; }
  changed() { echo certs/server.crt; }`;

const CERTIFICATE = ["canary", "certs/server.crt", "certs/server.key", "passwd"];

const kindOf = (differing: Partial<Situation>) => foresee({ ...SOUND, ...differing }).kind;
const doubt = (differing: Partial<Situation>) => foresee({ ...SOUND, ...differing }).uncertain;

describe("what making a change live will take", () => {
  it("is nothing when the broker reads none of it", () => {
    assert.equal(kindOf({ changes: [] }), "nothing");
    assert.equal(kindOf({ changes: ["canary", "hooks.sh", "plan", "state"] }), "nothing");
  });

  it("may be a restart where somebody is revoked: the kernel has to be asked", () => {
    assert.equal(kindOf({ changes: ["certs/clients.crl", "certs/revoked"] }), "reload");
    assert.match(
      doubt({ changes: ["certs/revoked"] }) ?? "",
      /^a client is connected that is revoked now, and the kernel/,
    );
    assert.equal(doubt({ changes: ["certs/clients.crl"] }), undefined);
  });

  it("is a start when nothing runs, and a restart when something else does, whatever changes", () => {
    assert.equal(kindOf({ changes: [], runs: "nothing" }), "start");
    assert.equal(kindOf({ runs: "other" }), "restart");
  });

  it("is a reload for users, passwords, rules, what is revoked and a certificate with the same type of key", () => {
    assert.deepEqual(foresee(SOUND), { kind: "reload", why: "" });
    assert.equal(kindOf({ changes: CERTIFICATE }), "reload");
    assert.equal(kindOf({ changes: ["acl", "certs/clients.crl", "certs/revoked"] }), "reload");
  });

  for (const path of ["mosquitto.conf", "conf.d/tls.conf", "conf.d/limits.conf", "certs/ca.crt", "systemd.conf"])
    it(`is a restart for ${path}, and says so`, () => {
      assert.deepEqual(foresee({ ...SOUND, changes: ["acl", path] }), { kind: "restart", why: `a change of ${path}` });
    });

  it("is a restart for a key of another type", () => {
    for (const other of [
      { wanted: rsa },
      { wanted: rsa, algorithm: "ECDSA-P256" as const },
      { algorithm: "RSA-4096" as const },
    ]) {
      const certificate = { live: ec, ...other };
      assert.match(foresee({ ...SOUND, changes: CERTIFICATE, certificate }).why, /type/);
      assert.equal(kindOf({ certificate }), "reload", "it does not change");
    }
    for (const algorithm of Object.values(KeyAlgorithm)) {
      const live = algorithm.startsWith("RSA") ? rsa : ec;
      assert.equal(
        doubt({ changes: CERTIFICATE, certificate: { live, wanted: GAP, algorithm } }),
        undefined,
        algorithm,
      );
    }
  });

  it("is a restart where a reload would lift the limits of a listener", () => {
    assert.match(foresee({ ...SOUND, limitsListeners: true }).why, /would lift maxConnections/);
    assert.equal(kindOf({ limitsListeners: true, changes: ["canary"] }), "nothing");
  });

  it("is not certain to be a reload where the type of a key that changes is not known", () => {
    for (const certificate of [{ live: ec, wanted: GAP }, { live: ec }, { wanted: ec }]) {
      assert.equal(kindOf({ changes: CERTIFICATE, certificate }), "reload");
      assert.equal(doubt({ changes: CERTIFICATE, certificate }), "the server's key is of another type");
      assert.equal(doubt({ certificate }), undefined, "it does not change");
      assert.match(
        doubt({ changes: CERTIFICATE, certificate, restored: "yes" }) ?? "",
        /^the server's key is of another type, or if a client /,
      );
    }
  });

  it("is not certain to be a reload where a kept session could lose messages by it", () => {
    assert.equal(doubt({}), undefined);
    assert.match(doubt({ restored: "yes" }) ?? "", /may not have been back since the broker's last start$/);
    assert.match(doubt({ restored: "unknown" }) ?? "", /may not have been back/);
    assert.match(doubt({ hasOtherPasswords: true }) ?? "", /has another password now$/);
    assert.match(doubt({ listeners: ["tls", "mutualTls"] }) ?? "", /is away$/);
    assert.equal(doubt({ restored: "yes", persistence: false }), undefined, "a restart would lose more");
    assert.equal(doubt({ restored: "yes", changes: ["conf.d/tls.conf"] }), undefined, "it is a restart anyway");
  });

  it("takes the careful way with a version that is not known", () => {
    for (const version of ["2.0.22", "2.1.2", undefined]) {
      assert.notEqual(doubt({ version, restored: "yes" }), undefined);
      assert.equal(kindOf({ version, limitsListeners: true }), "restart");
    }
  });
});

describe("what the host knows of versions", () => {
  it("is what the table says, a line each", () => {
    const known = versionLines().map((line) => line.split(" "));
    assert.deepEqual(
      known.map(([, version]) => version),
      Object.values(VERSIONS).map(({ version }) => version),
    );
    for (const [word, version, ...quirks] of known) {
      assert.equal(word, "version");
      assert.deepEqual(quirks, quirksOf(version));
    }
  });
});

describe("the digest of a password file", () => {
  it("is another with another user, and the same with another canary", () => {
    const digest = passwordsDigest(`a:1\n${CANARY}:2\n`);
    assert.equal(passwordsDigest(`a:1\n${CANARY}:3\n`), digest);
    assert.notEqual(passwordsDigest(`a:2\n${CANARY}:2\n`), digest);
  });
});

describe("activate, on the Pi, says why it is no reload", () => {
  /** With functions that succeed or fail. */
  function said(renews: boolean, cuts: boolean, hears: boolean): string {
    const answers = Object.entries({ websockets_renew: renews, cut_revoked: cuts, has_taken_signals: hears });
    const functions = answers.map(([name, is]) => `${name}() { ${String(is)}; }`).join("\n");
    const variables = "dir=/d certs=/d/certs note=/n listeners= versions= restored=0";
    const script = `${variables}\n${SCRIPT}\n${STAND_INS}\n${functions}\nactivate /before`;
    const { stdout, stderr } = spawnSync("sh", ["-euc", script], { encoding: "utf8" });
    assert.equal(stderr, "");
    return stdout.trim().split("\n").slice(1).join(" ");
  }

  it("by what is so: a SIGHUP that was not taken is no fault of websockets, nor of the kernel", () => {
    assert.equal(said(true, true, true), "reload");
    assert.equal(
      said(false, true, true),
      "restarting mosquitto: a websockets listener keeps its certificate until then restart",
    );
    assert.match(said(true, false, true), /^restarting mosquitto: this kernel cuts no single connections/);
    for (const [renews, cuts] of [
      [false, true],
      [true, false],
    ] as const)
      assert.equal(
        said(renews, cuts, false),
        "restarting mosquitto: it does not take the SIGHUP that makes it read its files again restart",
      );
  });
});
