import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type ts from "typescript";

import { complaints, program, properties } from "../support/compile";
import { anchors, blocks, links, pages, quotedErrors, read, repository } from "../support/markdown";

/** What snippets may use without saying where it comes from; a snippet's own names go before these. */
const PRELUDE = `
import * as pulumi from "@pulumi/pulumi";
import * as sdk from "pulumi-mosquitto-pi";
declare global {
  const RaspberryPi: typeof sdk.RaspberryPi;
  const StaticIp: typeof sdk.StaticIp;
  const Firewall: typeof sdk.Firewall;
  const OsBaseline: typeof sdk.OsBaseline;
  const TlsAuthority: typeof sdk.TlsAuthority;
  const AcmeCertificate: typeof sdk.AcmeCertificate;
  const MqttUser: typeof sdk.MqttUser;
  const AclRule: typeof sdk.AclRule;
  const MosquittoBroker: typeof sdk.MosquittoBroker;
  const broker: sdk.MosquittoBroker;
  type Listeners = sdk.Listeners;
  const config: pulumi.Config;
  const pi: sdk.RaspberryPi;
  const ca: sdk.TlsAuthority;
  const sensor: sdk.MqttUser;
  const admin: sdk.MqttUser;
  const rules: sdk.AclRule[];
  const privateKey: string;
  const certificatePem: string;
  const privateKeyPem: string;
  const caPem: string;
}
`;

/** Which arguments and outputs each page has to name. */
const DOCUMENTED: Readonly<Record<string, readonly string[]>> = {
  "raspberry-pi": ["RaspberryPiArgs", "Connection", "RaspberryPi"],
  "static-ip": ["StaticIpArgs", "Ipv6Settings", "StaticIp"],
  firewall: ["FirewallArgs", "SshAccess", "ListenerAccess", "PortRule", "Firewall"],
  "fail2ban-jail": ["Fail2BanJailArgs", "JailLimits", "Fail2BanJail"],
  "os-baseline": ["OsBaselineArgs", "UnattendedUpgrades", "OsBaseline"],
  "acme-certificate": ["AcmeCertificateArgs", "Http01", "Dns01", "AcmeCertificate"],
  "tls-authority": ["TlsAuthorityArgs", "LeafSettings", "TlsAuthority"],
  "mqtt-user": ["MqttUserArgs", "MqttUserCertificateArgs", "UserInputs", "MqttUser"],
  "acl-rule": ["AclRuleArgs", "AclRule"],
  "mosquitto-broker": [
    "MosquittoBrokerArgs",
    "GivenCertificate",
    "Listeners",
    "MqttListener",
    "TlsListener",
    "MutualTlsListener",
    "WebsocketsListener",
    "Persistence",
    "Limits",
    "Logging",
    "MosquittoBroker",
  ],
};

const written = pages("README.md", "docs/*.md");

describe("documentation", function () {
  this.timeout(120_000);

  const snippets = written.flatMap(blocks).filter(({ info }) => /^(ts|typescript|tsx)\b/.test(info));
  const sources = Object.fromEntries(
    snippets.map(({ page, line, text }) => [`${page}.${line}.ts`, `${text}\nexport {};\n`]),
  );
  let compiled: ts.Program;
  before(() => {
    compiled = program({ "prelude.ts": PRELUDE, ...sources });
  });

  it("has snippets, and a prelude that compiles", () => {
    assert.ok(snippets.length >= 10, `only ${snippets.length} snippets found`);
    assert.deepEqual(complaints(compiled, "prelude.ts"), []);
  });

  for (const { page, line, info } of snippets)
    it(`${page}:${line} compiles`, () => {
      assert.equal(info, "ts", "a snippet is marked `ts` and nothing else");
      assert.deepEqual(complaints(compiled, `${page}.${line}.ts`), []);
    });

  for (const [name, types] of Object.entries(DOCUMENTED))
    it(`docs/components/${name}.md names every argument and output`, () => {
      const text = read(`docs/components/${name}.md`);
      const inherited = properties(compiled, "TlsAuthority").filter((p) => properties(compiled, "AclRule").includes(p));
      const names = types
        .flatMap((type) => properties(compiled, type))
        .filter((p) => !inherited.includes(p) && !p.startsWith("#"));
      assert.ok(names.length > 0);
      assert.deepEqual(
        names.filter((property) => !text.includes(`\`${property}\``)),
        [],
      );
    });

  it("quotes errors as they are", () => {
    const said = plain(pages("sdk/*.ts", "sdk/*.sh", "sdk/*.py").map(read).join("\n"));
    const quoted = written.flatMap((page) => quotedErrors(page).map((text) => ({ page, text })));
    assert.ok(quoted.length >= 20, `only ${quoted.length} errors found`);
    assert.deepEqual(
      quoted.filter(({ text }) => fixedParts(text).some((part) => !said.includes(part))),
      [],
    );
  });

  for (const page of pages("*.md", ":!node_modules"))
    it(`${page}: links lead somewhere`, () => {
      const relative = links(page).filter((link) => !/^[a-z]+:/.test(link));
      assert.deepEqual(
        relative.filter((link) => !leadsSomewhere(page, link)),
        [],
      );
    });
});

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(repository, target))) return false;
  return anchor === undefined || (target.endsWith(".md") && anchors(target).includes(anchor));
}

/** Without what marks code or ends a string: an error's text is the same in a source and on a page. */
function plain(text: string): string {
  return text.replace(/[`\\]/g, "");
}

/** What of an error's text says what was expected, apart from examples: from quoted words and numbers. */
function fixedParts(text: string): string[] {
  const expected = text.slice(text.indexOf("expected ") + "expected ".length);
  return expected
    .replace(/, got .*/, "")
    .replace(/"[^"]*"/g, "…")
    .split(/…|[0-9]+/)
    .map((part) => part.trim())
    .filter((part) => part.length > 3);
}
