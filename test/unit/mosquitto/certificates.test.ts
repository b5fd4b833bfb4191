import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { AUTHORITY } from "../../support/brokers";
import { repository } from "../../support/markdown";
import { newKey, selfSigned, signedFor } from "../../support/providers";
import { datedFromNow } from "../../support/redated";
import { temporaryFolder } from "../../support/temporaryFolder";

const SCRIPT = readFileSync(join(repository, "sdk/mosquitto/shell/certificates.sh"), "utf8");

describe("check_certificates, on the Pi", () => {
  const folder = temporaryFolder("certificates");
  const key = newKey();
  const leaf = signedFor(key, AUTHORITY, "mqtt-pi.local", ["-addext", "basicConstraints=critical,CA:FALSE"]);
  after(() => {
    folder.remove();
  });

  function complaint(certificate: string, caPem = AUTHORITY.certificatePem, dates = ""): string {
    const certs = join(folder.path, "certs");
    mkdirSync(certs, { recursive: true });
    for (const [name, pem] of Object.entries({ "server.crt": certificate, "server.key": key, "ca.crt": caPem }))
      writeFileSync(join(certs, name), pem, { mode: 0o600 });
    const script = `dir=$PWD certs=$PWD/certs kept= dates=${dates}; fail() { echo "$*"; exit 1; }\n${SCRIPT}\ncheck_certificates`;
    return spawnSync("sh", ["-euc", script], { cwd: folder.path, encoding: "utf8" }).stdout;
  }

  it("minds the dates, but not at a reload of what is live already", () => {
    const aged = (from: number, to: number) => datedFromNow(leaf, AUTHORITY.privateKeyPem, from, to);
    assert.equal(complaint(leaf), "");
    assert.match(complaint(aged(-9, -1)), /^certs\/server\.crt expired: /);
    assert.match(complaint(aged(1, 9)), /^certs\/server\.crt is valid from /);
    for (const pem of [aged(-9, -1), aged(1, 9)]) assert.equal(complaint(pem, AUTHORITY.certificatePem, "ignored"), "");
  });

  it("minds the chain at any time", () => {
    const other = selfSigned(newKey(), "other");
    for (const dates of ["", "ignored"]) assert.match(complaint(leaf, other, dates), /that chains to certs\/ca\.crt/);
  });
});
