import assert from "node:assert/strict";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { run } from "../../support/run";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporaryFolder";

const SCRIPT = join(__dirname, "../../../sdk/acme/shell/order.sh");
const REQUEST = "server https://ca.test/dir\nemail me@home.test\ndns-01 rfc2136\ndomain a.test\ndomain *.a.test\n";
/** What lego leaves behind. */
const ISSUES = "mkdir certificates; for kind in crt key issuer.crt; do echo $kind >certificates/_.a.test.$kind; done";

describe("what orders a certificate", () => {
  let folder: TemporaryFolder;
  beforeEach(() => (folder = temporaryFolder("acme")));
  afterEach(() => {
    folder.remove();
  });

  /** Orders by a stand-in for lego, a shell script; gives what was printed and how it ended. */
  async function order(
    lego: string,
    { credentials = {}, files = {} }: Partial<Record<"credentials" | "files", Readonly<Record<string, string>>>> = {},
  ) {
    for (const name of ["bin", "state", "credentials"]) mkdirSync(join(folder.path, name), { recursive: true });
    copyFileSync(SCRIPT, join(folder.path, "order.sh"));
    const all = { request: REQUEST, digest: "digest of the request\n", ...files };
    for (const [name, text] of Object.entries(all)) writeFileSync(join(folder.path, name), text);
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
  }

  const ordered = (name: string) => readFileSync(join(folder.path, "state/ordered", name), "utf8");

  it("tells lego all that was asked for, and keeps what that got beside the digest of the request", async () => {
    const { code, stdout } = await order(`echo "$@"; ${ISSUES}`);
    assert.equal(code, 0);
    const dns = "--path . --accept-tos --server https://ca.test/dir --email me@home.test --dns rfc2136";
    assert.equal(stdout, `${dns} --domains a.test --domains *.a.test run\n`);
    assert.deepEqual(["server.crt", "server.key", "request"].map(ordered), [
      "crt\n",
      "key\n",
      "digest of the request\n",
    ]);
    const files = { request: "http-01 8080\n" };
    assert.match((await order(`echo "$@"; ${ISSUES}`, { files })).stdout, / --http --http\.port :8080 run\n$/);
  });

  it("has credentials in files, and not in its environment", async () => {
    const { stdout } = await order(`env; ${ISSUES}`, {
      credentials: { RFC2136_TSIG_SECRET: "dGhlIHNlY3JldA==\n" },
      files: { "roots.pem": "a root\n" },
    });
    assert.match(stdout, /^RFC2136_TSIG_SECRET_FILE=\/credentials\/RFC2136_TSIG_SECRET$/m);
    assert.match(stdout, /^LEGO_CA_CERTIFICATES=\/etc\/ssl\/certs\/ca-certificates\.crt:\/roots\.pem$/m);
    assert.ok(!stdout.includes("dGhlIHNlY3JldA"));
  });

  it("fails with what lego said, but without what is secret in it, and keeps what it had got before", async () => {
    await order(ISSUES);
    const { code, stdout } = await order("echo 'no: http://x/secret?token=secret.token+1&secret' >&2; exit 3", {
      credentials: { ENDPOINT: "secret\n", TOKEN: "token+1\nshort\n" },
    });
    assert.equal(code, 1);
    assert.equal(stdout, "no: http://x/[secret]?token=[secret].[secret]&[secret]\n");
    assert.equal(readFileSync(join(folder.path, "state/said"), "utf8"), stdout.replaceAll(folder.path, ""));
    assert.ok(existsSync(join(folder.path, "state/ordered/server.crt")));
  });
});
