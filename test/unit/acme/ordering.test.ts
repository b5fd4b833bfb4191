import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { repository } from "../../support/markdown";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporaryFolder";

const SCRIPT = readFileSync(join(repository, "sdk/acme/shell/ordering.sh"), "utf8");

describe("an order that has failed, on the Pi", () => {
  let folder: TemporaryFolder;
  beforeEach(() => (folder = temporaryFolder("ordering")));
  afterEach(() => {
    folder.remove();
  });

  /** What a function prints, with what lego has said. */
  function printed(command: string, said = "", request = "http-01 80\n"): string {
    mkdirSync(join(folder.path, "generation"), { recursive: true });
    writeFileSync(join(folder.path, "generation/request"), request);
    writeFileSync(join(folder.path, "said"), said);
    const script = `dir=generation pairs=p\n${SCRIPT}\nfrom_store() { cat "$1"; }\n${command}`;
    const { stdout, stderr } = spawnSync("sh", ["-euc", script], { cwd: folder.path, encoding: "utf8" });
    assert.equal(stderr, "");
    return stdout.trim();
  }

  it("is told by the last that lego said, on one line", () => {
    const lines = [
      "2026/11/24 05:00:00 [INFO] [a.test] acme: Obtaining bundled SAN certificate",
      "2026/11/24 05:00:01 Could not obtain certificates:",
      "\terror: one or more domains had a problem:",
      "[a.test] acme: error: 400 :: urn:ietf:params:acme:error:connection",
      "2026/11/24 05:00:02 [INFO] done",
    ];
    assert.equal(
      printed("reason", `${lines.join("\n")}\n`),
      "Could not obtain certificates: error: one or more domains had a problem: [a.test] acme: error: 400 :: urn:ietf:params:acme:error:connection",
    );
    assert.equal(printed("reason"), "it was broken off");
  });

  it("comes with what to do", () => {
    const advice = (reason: string, request?: string) => printed(`advice '${reason}'`, "", request);
    assert.match(advice("urn:ietf:params:acme:error:rateLimited"), /^wait as long as it says/);
    assert.match(advice("x509: certificate signed by unknown authority"), /give the authority as caPem$/);
    assert.match(advice("x509: certificate has expired or is not yet valid: current time"), /^this host's clock says /);
    assert.match(advice("bind: address already in use"), /http01\.port$/);
    assert.match(advice("400 :: urn:ietf:params:acme:error:connection"), /^http01: port 80 of each name/);
    assert.match(advice("error presenting token", "dns-01 rfc2136\n"), /^dns01: see the credentials/);
    assert.match(advice("something else"), /journalctl -u pulumi-mosquitto-pi-acme-order\.service$/);
  });
});
