import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Lab, type Suite } from "../lab";
import { read } from "../support/markdown";
import { run } from "../support/run";
import { type TemporaryFolder, temporaryFolder } from "../support/temporaryFolder";
import { type Outputs, piOf, Stack } from "./support/stack";

const NAME = "mqtt-pi.local";
const PORTS = { tls: 8883, mutualTls: 8884, websockets: 9001 };
const LISTENERS = Object.keys(PORTS) as (keyof typeof PORTS)[];
const SUITES: readonly Suite[] = ["bookworm", "trixie"];

/** What testssl.sh complains of with every listener, by its ids, and why it stays. */
const INHERENT: Readonly<Record<string, string>> = {
  cert_revocation: "a private authority has no server that clients could ask whether a certificate still counts",
  cert_extlifeSpan: "398 days at most is a rule for public authorities, whose clients nobody can reach",
};

/** What testssl.sh warns that it could not look at (`WARN`), and why that leaves nothing open. */
const NOT_LOOKED_AT: Readonly<Record<string, string>> = { engine_problem: "of ciphers that the broker has not" };
const NOT_WITHOUT_CERTIFICATE: Readonly<Record<string, string>> = {
  secure_client_renego: "tried below, with a client's certificate",
  BREACH: "of compressed HTTP, which the broker does not speak",
};

/** A finding of testssl.sh. */
interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

const SERIOUS: readonly string[] = ["MEDIUM", "HIGH", "CRITICAL", "FATAL"];

/** What a scan must have come to an end with, whatever else it could not tell. */
const LOOKED_FOR =
  "heartbleed CCS ticketbleed ROBOT secure_renego CRIME_TLS POODLE_SSL SWEET32 FREAK DROWN LOGJAM BEAST LUCKY13 RC4";

/** Protocols, kinds of ciphers, forward secrecy, their order, the certificate, known vulnerabilities. */
const SECTIONS = ["-p", "-s", "-f", "-P", "-S", "-U"];

/** Without a word from OpenSSL about the authorities of this machine. */
const UNTRUSTED = ["-no-CAfile", "-no-CApath", "-no-CAstore"];

describe("a TLS scan", function () {
  this.timeout(600_000);
  let lab: Lab;
  let folder: TemporaryFolder;
  let outputs: Outputs;
  const findings = new Map<string, readonly Finding[]>();
  const stack = new Stack();

  // Most of a scan is waiting: all at once take little longer than one.
  before(async () => {
    folder = temporaryFolder("scan");
    lab = await Lab.start(SUITES.map((suite) => ({ name: suite, suite })));
    await stack.up({
      hosts: Object.fromEntries(SUITES.map((suite) => [suite, piOf(lab.host(suite))])),
      users: { admin: {}, card: { certificate: true } },
      rules: [{ user: "admin", access: "readwrite", topic: "home/#" }],
      broker: { hostnames: [NAME], listeners: { tls: {}, mutualTls: {}, websockets: {} } },
    });
    outputs = await stack.outputs();
    writeFileSync(join(folder.path, "ca.pem"), outputs.ca);
    const scans = SUITES.flatMap((suite) => LISTENERS.map(async (listener) => scan(suite, listener)));
    await Promise.all(scans);
    // On a busy machine it gives up connections that would have come: what it has not looked at, it looks at by itself.
    for (let again = 0; again < 3; again += 1)
      for (const suite of SUITES)
        for (const listener of LISTENERS) if (notLookedAt(suite, listener).length > 0) await scan(suite, listener);
  });

  after(async () => {
    folder.remove();
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  for (const suite of SUITES)
    for (const listener of LISTENERS) {
      it(`finds nothing of medium severity or worse on ${listener} (${suite})`, () => {
        const all = findings.get(`${suite} ${listener}`) ?? [];
        const serious = all.filter(({ severity, id }) => SERIOUS.includes(severity) && !Object.hasOwn(INHERENT, id));
        assert.deepEqual(serious, []);
        assert.deepEqual(notLookedAt(suite, listener), []);
        // It has looked, and at this broker.
        const fine = all.filter(({ severity }) => severity === "OK" || severity === "INFO").map(({ id }) => id);
        assert.deepEqual(
          LOOKED_FOR.split(" ").filter((id) => !fine.includes(id)),
          [],
        );
        assert.equal(found(all, "cert_commonName"), NAME);
      });
    }

  it("finds the ciphers that the documentation says", () => {
    const page = read("docs/security.md");
    for (const all of findings.values())
      for (const protocol of ["TLSv1_2", "TLSv1_3"]) {
        const offered = found(all, `cipherorder_${protocol}`).split(" ");
        assert.ok(offered.length === 3);
        for (const cipher of offered) assert.ok(page.includes(`\`${cipher}\``), cipher);
      }
  });

  it("is right to tell no renegotiation where it could not look", async () => {
    for (const suite of SUITES) {
      const { certificatePem, privateKeyPem } = outputs.certificates["card"] ?? {};
      writeFileSync(join(folder.path, "card.pem"), `${certificatePem}${privateKeyPem}`, { mode: 0o600 });
      const where = ["-connect", `${lab.host(suite).ip}:${PORTS.mutualTls}`, "-cert", join(folder.path, "card.pem")];
      const how = ["s_client", "-tls1_2", ...UNTRUSTED, ...where];
      const { stdout, stderr } = await run("openssl", how, { stdin: "R\n" });
      assert.match(stdout + stderr, /^RENEGOTIATING$[^]*no renegotiation/m);
    }
  });

  function notLookedAt(suite: Suite, listener: keyof typeof PORTS): readonly Finding[] {
    const known = { ...NOT_LOOKED_AT, ...(listener === "mutualTls" ? NOT_WITHOUT_CERTIFICATE : {}) };
    const all = findings.get(`${suite} ${listener}`) ?? [];
    return all.filter(({ severity, id }) => severity === "WARN" && !Object.hasOwn(known, id));
  }

  function found(all: readonly Finding[], id: string): string {
    return all.find((finding) => finding.id === id)?.finding ?? "";
  }

  async function scan(suite: Suite, listener: keyof typeof PORTS): Promise<void> {
    const json = join(folder.path, `${suite}-${listener}.json`);
    // It writes over nothing.
    rmSync(json, { force: true });
    const what = ["--ip", lab.host(suite).ip, "--add-ca", join(folder.path, "ca.pem"), "--jsonfile", json];
    const how = ["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none"];
    const { stdout, stderr } = await run("testssl", [...how, ...SECTIONS, ...what, `${NAME}:${PORTS[listener]}`]);
    assert.ok(existsSync(json), `testssl has written nothing:\n${stdout}${stderr}`);
    findings.set(`${suite} ${listener}`, JSON.parse(readFileSync(json, "utf8")) as Finding[]);
  }
});
