import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { run } from "../../support/run";
import { temporaryFolder } from "../../support/temporaryFolder";

const SCRIPT = join(__dirname, "../../../sdk/acme/shell/order.sh");
const REQUEST = "server https://ca.test/dir\nemail me@home.test\ndns-01 rfc2136\ndomain a.test\ndomain *.a.test\n";

/** Orders by a stand-in for lego, a shell script; gives what was printed and how it ended. */
async function order(lego: string, credentials: Readonly<Record<string, string>>, request = REQUEST) {
  const folder = temporaryFolder("acme");
  try {
    for (const name of ["bin", "state", "credentials"]) mkdirSync(join(folder.path, name));
    copyFileSync(SCRIPT, join(folder.path, "order.sh"));
    writeFileSync(join(folder.path, "request"), request);
    writeFileSync(join(folder.path, "bin/lego"), `#!/bin/sh\n${lego}\n`);
    chmodSync(join(folder.path, "bin/lego"), 0o755);
    for (const [name, text] of Object.entries(credentials)) writeFileSync(join(folder.path, "credentials", name), text);
    const env = {
      PATH: `${join(folder.path, "bin")}:${process.env["PATH"] ?? ""}`,
      STATE_DIRECTORY: join(folder.path, "state"),
      CREDENTIALS_DIRECTORY: join(folder.path, "credentials"),
    };
    const { code, stdout } = await run("sh", [join(folder.path, "order.sh")], { env });
    return { code, stdout: stdout.replaceAll(folder.path, "") };
  } finally {
    folder.remove();
  }
}

describe("what orders a certificate", () => {
  it("tells lego all that was asked for", async () => {
    const { code, stdout } = await order('echo "$@"', {});
    assert.equal(code, 0);
    const dns = "--path /state --accept-tos --server https://ca.test/dir --email me@home.test --dns rfc2136";
    assert.equal(stdout, `${dns} --domains a.test --domains *.a.test run\n`);
    assert.match((await order('echo "$@"', {}, "http-01 8080\n")).stdout, / --http --http\.port :8080 run\n$/);
  });

  it("has credentials in files, and not in its environment", async () => {
    const { stdout } = await order("env", { RFC2136_TSIG_SECRET: "dGhlIHNlY3JldA==\n", "roots.pem": "a root\n" });
    assert.match(stdout, /^RFC2136_TSIG_SECRET_FILE=\/credentials\/RFC2136_TSIG_SECRET$/m);
    assert.match(stdout, /^LEGO_CA_CERTIFICATES=\/etc\/ssl\/certs\/ca-certificates\.crt:\/credentials\/roots\.pem$/m);
    assert.ok(!stdout.includes("dGhlIHNlY3JldA"));
  });

  it("fails with what lego said, but without what is secret in it", async () => {
    const lego = "echo 'no: http://x/secret?token=secret.token+1&secret' >&2; exit 3";
    const { code, stdout } = await order(lego, { ENDPOINT: "secret\n", TOKEN: "token+1\nshort\n" });
    assert.equal(code, 1);
    assert.equal(stdout, "no: http://x/[secret]?token=[secret].[secret]&[secret]\n");
  });
});
