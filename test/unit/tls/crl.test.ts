import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { canonicalSerial, canSignLists, revocationList } from "../../../sdk/tls/crl";
import { newKey, selfSigned, signed } from "../../support/providers";
import { temporaryFolder } from "../../support/temporaryFolder";

const pem = { type: "pkcs8", format: "pem" } as const;
const KEYS = {
  "ECDSA P-256": newKey(),
  "ECDSA P-384": generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey.export(pem).toString(),
  "ECDSA P-521": generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey.export(pem).toString(),
  RSA: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export(pem).toString(),
  Ed25519: generateKeyPairSync("ed25519").privateKey.export(pem).toString(),
} as const;

function authorityWith(privateKeyPem: string, options: readonly string[] = [], uses = "keyCertSign,cRLSign") {
  const usage = ["-addext", `keyUsage=critical,${uses}`];
  return { certificatePem: selfSigned(privateKeyPem, "Home CA", [], [...usage, ...options]), privateKeyPem };
}

function leafOf(authority: { certificatePem: string; privateKeyPem: string }, serial?: string): string {
  const options = serial === undefined ? [] : ["-set_serial", `0x${serial}`];
  return signed(authority.certificatePem, authority.privateKeyPem, "relay1", [
    "-addext",
    "basicConstraints=CA:FALSE",
    ...options,
  ]);
}

function serialOf(certificate: string): string {
  return new X509Certificate(certificate).serialNumber;
}

/** What OpenSSL, which mosquitto has too, says of a certificate in the light of a list. */
function verdict(authority: string, list: string, leaf: string): string {
  const folder = temporaryFolder("crl");
  try {
    for (const [name, content] of Object.entries({ authority, list, leaf }))
      writeFileSync(join(folder.path, name), content);
    const args = ["-x509_strict", "-crl_check", "-CRLfile", "list", "-CAfile", "authority", "leaf"];
    const { stdout, stderr } = spawnSync("openssl", ["verify", ...args], { cwd: folder.path, encoding: "utf8" });
    return /error \d+ at [^:]+: *(.*)/.exec(stdout + stderr)?.[1] ?? stdout.trim();
  } finally {
    folder.remove();
  }
}

describe("a revocation list", () => {
  for (const [kind, key] of Object.entries(KEYS))
    it(`of an authority with ${kind} is one that OpenSSL holds to, and the same each time`, () => {
      const authority = authorityWith(key);
      const [lost, kept] = [leafOf(authority), leafOf(authority)];
      const list = revocationList(authority, [serialOf(lost)]);
      assert.equal(verdict(authority.certificatePem, list, lost), "certificate revoked");
      assert.equal(verdict(authority.certificatePem, list, kept), "leaf: OK");
      assert.equal(verdict(authority.certificatePem, revocationList(authority, []), lost), "leaf: OK");
      assert.equal(revocationList(authority, [serialOf(lost)]), list);
      assert.ok(canSignLists(authority));
    });

  it("is valid as long as its authority, and numbered by how many it revokes", () => {
    const authority = authorityWith(newKey());
    const { validFrom, validTo } = new X509Certificate(authority.certificatePem);
    const input = revocationList(authority, ["0A", "ff:01", "a"]);
    const text = execFileSync("openssl", ["crl", "-noout", "-text"], { input, encoding: "utf8" });
    for (const words of [
      `Last Update: ${validFrom}`,
      `Next Update: ${validTo}`,
      "Serial Number: 0A",
      "Serial Number: FF01",
    ])
      assert.ok(text.includes(words), text);
    assert.match(text, /X509v3 CRL Number: \n +2\n/);
    assert.equal(text.match(/Serial Number/g)?.length, 2);
  });

  it("holds serial numbers of every length and first bit", () => {
    const authority = authorityWith(newKey());
    for (const serial of ["01", "7F", "80", "00FF", "8000000000000000000000000000000000000001"]) {
      const leaf = leafOf(authority, serial);
      assert.equal(serialOf(leaf), canonicalSerial(serial));
      assert.equal(verdict(authority.certificatePem, revocationList(authority, [serial]), leaf), "certificate revoked");
    }
  });

  it("is of an authority whose name is written in any way", () => {
    for (const options of [
      ["-utf8", "-subj", "/C=DE/O=Müller & Söhne/CN=Café CA"],
      ["-subj", "/emailAddress=a@b.c/DC=home+CN=x"],
    ]) {
      const authority = authorityWith(newKey(), options);
      const leaf = leafOf(authority);
      assert.equal(
        verdict(authority.certificatePem, revocationList(authority, [serialOf(leaf)]), leaf),
        "certificate revoked",
      );
    }
  });

  it("is not made by whom OpenSSL would not believe", () => {
    const unfit = authorityWith(newKey(), [], "keyCertSign");
    assert.ok(!canSignLists(unfit));
    assert.match(
      verdict(unfit.certificatePem, revocationList(unfit, []), leafOf(unfit)),
      /does not include CRL signing/,
    );
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
    assert.ok(!canSignLists(authorityWith(privateKey.export(pem).toString())));
  });
});
