import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { Field } from "../../../sdk/core/field";
import {
  bareCertificate,
  barePrivateKey,
  checkAuthorityPem,
  checkCertificatePem,
  checkCovered,
  checkKeyPair,
} from "../../../sdk/tls/pem";
import { AUTHORITY } from "../../support/brokers";
import { newKey, selfSigned, signed } from "../../support/providers";

function openssl(args: string, input = ""): string {
  return execFileSync("openssl", args.split(" "), { input, stdio: ["pipe", "pipe", "ignore"] }).toString();
}

function found(certificate: string, check: (field: Field) => void): string[] {
  const root = new Field({ certificate });
  check(root.at("certificate"));
  return root.found.map(({ expected }) => expected);
}

function keyMistakes(key: string, certificate: string): number {
  const root = new Field({ key, certificate });
  checkKeyPair(root.at("key"), root.at("certificate"));
  return root.found.length;
}

const LEAF = signed(AUTHORITY.certificatePem, AUTHORITY.privateKeyPem, "leaf");

describe("PEM", () => {
  it("may have text before a certificate, which goes no further", () => {
    const text = openssl("x509 -text", LEAF);
    assert.match(text, /^Certificate:\n {4}Data:/);
    assert.deepEqual(found(text, checkCertificatePem), []);
    assert.equal(bareCertificate(text), LEAF);
    assert.equal(bareCertificate(`${text}\n${AUTHORITY.certificatePem}`), LEAF + AUTHORITY.certificatePem);
  });

  it("may have the curve before a key", () => {
    const file = openssl("ecparam -name prime256v1 -genkey");
    assert.match(file, /^-----BEGIN EC PARAMETERS-----/);
    const certificate = selfSigned(file, "x");
    assert.equal(keyMistakes(file, certificate), 0);
    assert.match(barePrivateKey(file), /^-----BEGIN EC \w+ KEY-----\n[^-]+-----END EC \w+ KEY-----\n$/);
    assert.equal(keyMistakes(barePrivateKey(file), certificate), 0);
    assert.equal(keyMistakes(file, AUTHORITY.certificatePem), 1);
    assert.equal(barePrivateKey(AUTHORITY.privateKeyPem), AUTHORITY.privateKeyPem);
  });

  it("holds no key where a certificate is wanted", () => {
    assert.equal(found(newKey() + LEAF, checkCertificatePem).length, 1);
    assert.equal(found(newKey(), checkCertificatePem).length, 1);
    assert.equal(found("ca.crt", checkCertificatePem).length, 1);
  });

  it("of an authority may sign others", () => {
    const ordinary = openssl(
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=x -addext basicConstraints=critical,CA:FALSE`,
    );
    assert.deepEqual(found(AUTHORITY.certificatePem, checkAuthorityPem), []);
    assert.deepEqual(found(ordinary, checkAuthorityPem), ["the certificate of an authority (CA:TRUE)"]);
    assert.equal(found(AUTHORITY.certificatePem + ordinary, checkAuthorityPem).length, 1);
  });

  it("is for the names and addresses that stand in it, whatever its CN", () => {
    const names = "subjectAltName=DNS:*.pi.local,IP:10.0.0.1,IP:fe80::1";
    const certificate = signed(AUTHORITY.certificatePem, AUTHORITY.privateKeyPem, "other.local", ["-addext", names]);
    const root = new Field({
      names: ["a.pi.local", "10.0.0.1", "fe80:0::1", "10.0.0.2", "other.local", "fe80::2"],
      certificate,
    });
    for (const name of root.at("names").items()) checkCovered(name, root.at("certificate"));
    assert.deepEqual(
      root.found.map(({ path, fix }) => [path, fix]),
      [3, 4, 5].map((i) => [`names[${i}]`, "it is for *.pi.local, 10.0.0.1, fe80::1"]),
    );
  });
});
