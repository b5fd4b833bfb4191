import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";

import { Field } from "../../../sdk/core/field";
import { formatIssues } from "../../../sdk/core/issue";
import { checkServerCertificate, checkSound } from "../../../sdk/tls/serverCertificate";
import { AUTHORITY } from "../../support/brokers";
import { dated } from "../../support/dated";
import { matchesGolden } from "../../support/golden";
import { newKey, selfSigned, signed, signedFor } from "../../support/providers";

const SERVER = ["-addext", "basicConstraints=CA:FALSE"];

function fieldOf(certificatePem: string, caPem = AUTHORITY.certificatePem): Field {
  const root = new Field({ certificatePem, caPem });
  checkServerCertificate(root.at("certificatePem"), root.at("caPem"));
  return root;
}

function mistakes(certificatePem: string, caPem?: string): string {
  const { found } = fieldOf(certificatePem, caPem);
  return found.length === 0 ? "" : formatIssues("MosquittoBroker", "broker", found);
}

function leaf(options: readonly string[] = SERVER, authority = AUTHORITY): string {
  return signed(authority.certificatePem, authority.privateKeyPem, "mqtt-pi.local", options);
}

/** An authority that another one has signed. */
function intermediateOf(authority: typeof AUTHORITY, name: string): typeof AUTHORITY {
  const key = newKey();
  return { certificatePem: signedFor(key, authority, name), privateKeyPem: key };
}

/** A moment as OpenSSL writes it, so many days from now. */
function inDays(days: number): string {
  return `${new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
}

describe("a server certificate that is given", () => {
  const one = intermediateOf(AUTHORITY, "one");
  const two = intermediateOf(one, "two");

  it("is right by itself, with its chain, with the root at the chain's end, and signed by itself", () => {
    const usage = ["-addext", "extendedKeyUsage=serverAuth,clientAuth"];
    const own = selfSigned(newKey(), "x", ["mqtt-pi.local"], SERVER);
    const chain = leaf(SERVER, two) + two.certificatePem + one.certificatePem;
    assert.equal(mistakes(leaf()), "");
    assert.equal(mistakes(leaf([...SERVER, ...usage])), "");
    assert.equal(mistakes(chain), "");
    assert.equal(mistakes(chain, selfSigned(newKey(), "Other CA") + AUTHORITY.certificatePem), "");
    assert.equal(mistakes(chain + AUTHORITY.certificatePem), "");
    assert.equal(mistakes(own, own), "");
  });

  it("is refused with every mistake at once", () => {
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    });
    const worst = signedFor(String(weak), AUTHORITY, "x", ["-sha1", "-addext", "extendedKeyUsage=clientAuth"]);
    const misordered = leaf(SERVER, two) + one.certificatePem + two.certificatePem;
    matchesGolden("errors/given-certificate-weak.txt", `${mistakes(worst + one.certificatePem)}\n`);
    matchesGolden("errors/given-certificate-order.txt", `${mistakes(misordered)}\n`);
    matchesGolden("errors/given-certificate-ended.txt", `${mistakes(dated("20200101000000Z", "20200201000000Z"))}\n`);
    matchesGolden("errors/given-certificate-not-yet.txt", `${mistakes(dated("20990101000000Z", "20990201000000Z"))}\n`);
  });

  it("is refused for a signature with SHA-1, which does not count for a root", () => {
    assert.match(
      mistakes(leaf([...SERVER, "-sha1"])),
      /expected a certificate that clients .*, got a signature by ECDSA with SHA-1/,
    );
    const root = new Field({ ca: selfSigned(newKey(), "Old CA", [], ["-sha1"]) });
    checkSound(root.at("ca"));
    assert.deepEqual(root.found, []);
  });

  it("is warned of in its last 30 days", () => {
    const advice = (days: number) => fieldOf(dated(inDays(-1), inDays(days))).advice.map(({ text }) => text);
    assert.match(advice(29)[0] ?? "", /^it ends \d{4}-\d\d-\d\d, and is not renewed here/);
    assert.deepEqual(advice(31), []);
  });

  it("is not judged before it is known, nor twice when it can't be read", () => {
    assert.equal(mistakes("text"), "");
    assert.equal(mistakes("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "");
  });
});
