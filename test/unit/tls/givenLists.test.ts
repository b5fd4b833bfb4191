import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { Field } from "../../../sdk/core/field";
import { checkGivenLists, listsIn } from "../../../sdk/tls/givenLists";
import { AUTHORITY } from "../../support/brokers";
import { newKey, selfSigned, signedFor } from "../../support/providers";
import { temporaryFolder } from "../../support/temporaryFolder";

type Authority = typeof AUTHORITY;
const DAY = 86_400_000;

/** A list by `openssl ca`, which revokes the number 0A. */
function listOf({ certificatePem, privateKeyPem }: Authority, from = -1, to = 60, digest = "sha256"): string {
  const folder = temporaryFolder("lists");
  const moment = (days: number) => new Date(Date.now() + days * DAY).toISOString().replace(/[-:T]|\.\d+/g, "");
  const files = {
    "ca.key": privateKeyPem,
    "ca.crt": certificatePem,
    index: `R\t${moment(900).slice(2)}\t${moment(-9).slice(2)}\t0A\tunknown\t/CN=lost\n`,
    number: "01\n",
    config: `[ca]\ndefault_ca=x\n[x]\ndatabase=index\ncrlnumber=number\ndefault_md=${digest}\n`,
  };
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder.path, name), content);
    const dates = ["-crl_lastupdate", moment(from), "-crl_nextupdate", moment(to)];
    const signer = ["-cert", "ca.crt", "-keyfile", "ca.key"];
    const args = ["ca", "-gencrl", "-config", "config", ...dates, ...signer];
    return execFileSync("openssl", args, { cwd: folder.path, stdio: "pipe" }).toString();
  } finally {
    folder.remove();
  }
}

function examined(crlPem: unknown, certificatePem = AUTHORITY.certificatePem): Field {
  const root = new Field({ authority: { certificatePem, crlPem } });
  checkGivenLists(root.at("authority").at("crlPem"), root.at("authority"));
  return root;
}

function mistakes(crlPem: unknown, certificatePem?: string): string[] {
  return examined(crlPem, certificatePem).found.map(({ expected }) => expected);
}

describe("a revocation list that is given", () => {
  const list = listOf(AUTHORITY);
  const other = { certificatePem: selfSigned(newKey(), "Other CA"), privateKeyPem: "" };

  it("is read as OpenSSL wrote it", () => {
    const [read, ...more] = listsIn(`Here it is\n${list}`, AUTHORITY.certificatePem);
    assert.deepEqual([read?.serials, read?.pem, more], [["0A"], list, []]);
    assert.deepEqual(examined(list).found, []);
    assert.deepEqual(examined(list).advice, []);
  });

  it("is one in PEM", () => {
    const der = Buffer.from(list).toString("latin1").slice(30);
    for (const wrong of ["", "list.crl", der, AUTHORITY.certificatePem, 7, list.replace(/^M.{8}/m, "AAAAAAAAA")])
      assert.deepEqual(mistakes(wrong), ["a certificate revocation list in PEM (-----BEGIN X509 CRL-----)"]);
  });

  it("is signed by its authority, with what is not broken", () => {
    const namesake = { certificatePem: selfSigned(newKey(), "test-ca"), privateKeyPem: newKey() };
    const unsigned = /^a list that `authority.certificatePem` has signed/;
    for (const [text, pem] of [
      [list, other.certificatePem],
      [list, namesake.certificatePem],
      [listOf(AUTHORITY, -1, 60, "sha1"), AUTHORITY.certificatePem],
    ] as const)
      assert.match(mistakes(text, pem).join(), unsigned);
  });

  it("is valid today, and warned of before it ends", () => {
    assert.match(mistakes(listOf(AUTHORITY, -9, -1)).join(), /^a list that is still valid: mosquitto refuses all/);
    assert.match(mistakes(listOf(AUTHORITY, 2, 9)).join(), /^a list that is valid by now/);
    const advice = (from: number, to: number) => examined(listOf(AUTHORITY, from, to)).advice.map(({ text }) => text);
    assert.match(advice(-340, 25).join(), /^it ends \d{4}-\d\d-\d\d, and all clients are refused after that/);
    assert.match(advice(-6, 1).join(), /^it ends /);
    assert.deepEqual(advice(-1, 6), []);
  });

  it("is there for each authority that signs certificates of clients, but not for those above", () => {
    const key = newKey();
    const intermediate = { certificatePem: signedFor(key, AUTHORITY, "intermediate"), privateKeyPem: key };
    const chain = intermediate.certificatePem + AUTHORITY.certificatePem;
    assert.deepEqual(mistakes(listOf(intermediate), chain), []);
    assert.deepEqual(mistakes(listOf(intermediate) + list, chain), []);
    const two = AUTHORITY.certificatePem + other.certificatePem;
    assert.deepEqual(mistakes(list, two), ["a list of each authority in `authority.certificatePem`"]);
  });
});
