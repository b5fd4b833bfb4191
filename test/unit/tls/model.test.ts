import assert from "node:assert/strict";

import { Field } from "../../../sdk/core/field";
import { lifetimeHours } from "../../../sdk/tls/lifetime";
import { checkAuthority, checkAuthoritySettings, checkLeafSettings, keyArguments } from "../../../sdk/tls/model";
import { AUTHORITY } from "../../support/brokers";
import { newKey } from "../../support/providers";

function paths(check: (field: Field) => void, value: unknown): string[] {
  const field = new Field(value);
  check(field);
  return field.found.map((issue) => issue.path);
}

describe("a certificate's lifetime", () => {
  it("is renewed in its last third by default", () => {
    assert.deepEqual(lifetimeHours({}, "2y"), { validityPeriodHours: 17520, earlyRenewalHours: 5840 });
    assert.deepEqual(lifetimeHours({ validity: "3h" }, "2y"), { validityPeriodHours: 3, earlyRenewalHours: 1 });
    assert.deepEqual(lifetimeHours({ validity: "90d", renewBefore: "30d" }, "2y"), {
      validityPeriodHours: 2160,
      earlyRenewalHours: 720,
    });
  });

  it("must be longer than what is left when it is renewed: otherwise every run would renew it", () => {
    const leaf = { commonName: "x", usage: "server" };
    assert.deepEqual(paths(checkLeafSettings, { ...leaf, validity: "1d", renewBefore: "1d" }), ["renewBefore"]);
    assert.deepEqual(paths(checkLeafSettings, { ...leaf, renewBefore: "2y" }), ["renewBefore"]);
    assert.deepEqual(paths(checkLeafSettings, { ...leaf, validity: "200m", renewBefore: "190m" }), ["renewBefore"]);
    assert.deepEqual(paths(checkLeafSettings, { ...leaf, validity: "1d", renewBefore: "23h" }), []);
  });

  it("is at most 2 years for servers, 10 for clients", () => {
    assert.deepEqual(paths(checkLeafSettings, { commonName: "x", usage: "server", validity: "3y" }), ["validity"]);
    assert.deepEqual(paths(checkLeafSettings, { commonName: "x", usage: "client", validity: "10y" }), []);
    assert.deepEqual(paths(checkLeafSettings, { commonName: "x", usage: "client", validity: "11y" }), ["validity"]);
  });
});

describe("an authority's arguments", () => {
  it("are all checked at once", () => {
    const wrong = { commonName: "", organization: "a\nb", country: "de", algorithm: "RSA", validity: "31y", colour: 1 };
    assert.deepEqual(paths(checkAuthoritySettings, wrong).sort(), Object.keys(wrong).sort());
    assert.deepEqual(paths(checkAuthoritySettings, { commonName: "Home", country: "DE", algorithm: "RSA-4096" }), []);
  });

  it("make a P-256 key unless RSA is asked for", () => {
    assert.deepEqual(keyArguments(undefined), { algorithm: "ECDSA", ecdsaCurve: "P256" });
    assert.deepEqual(keyArguments("RSA-4096"), { algorithm: "RSA", rsaBits: 4096 });
  });
});

describe("an authority given as plain object", () => {
  it("needs the key of its certificate, and never shows it", () => {
    assert.deepEqual(paths(checkAuthority, AUTHORITY), []);
    const field = new Field({ ...AUTHORITY, privateKeyPem: newKey() }, "authority");
    checkAuthority(field);
    assert.deepEqual(field.found, [
      {
        path: "authority.privateKeyPem",
        expected: "the private key of authority.certificatePem",
        fix: "give the key that belongs to this certificate",
      },
    ]);
  });

  it("is refused when something else came", () => {
    assert.deepEqual(paths(checkAuthority, "ca.crt"), [""]);
    assert.deepEqual(paths(checkAuthority, { certificatePem: "ca.crt", privateKeyPem: "ca.key" }), [
      "certificatePem",
      "privateKeyPem",
    ]);
  });
});

describe("names in a certificate", () => {
  it("are user names for clients, since a broker takes them as such, and never the tool's own", () => {
    for (const commonName of ["relay1", "a.b_c-D", "x".repeat(64)])
      assert.deepEqual(paths(checkLeafSettings, { commonName, usage: "client" }), [], commonName);
    for (const commonName of ["a/b", "#", "+", "a b", "a:b", "ü", "", "x".repeat(65), "pulumi-canary", "a\nb"]) {
      assert.deepEqual(paths(checkLeafSettings, { commonName, usage: "client" }), ["commonName"], commonName);
    }
    assert.deepEqual(paths(checkLeafSettings, { commonName: "Home Server: 1", usage: "server" }), []);
  });

  it("are DNS names and IP addresses, each in its place", () => {
    const leaf = { commonName: "x", usage: "server" };
    const dnsNames = ["mqtt-pi.local", "a", "x_y", "-a", "a.", "*.local", "10.0.0.1", `${"a".repeat(64)}.local`];
    const ipAddresses = ["10.0.0.1", "::1", "10.0.0.1/24", "mqtt-pi.local", "10.0.0.256", "fe80::1%eth0"];
    assert.deepEqual(paths(checkLeafSettings, { ...leaf, dnsNames, ipAddresses }), [
      ...[2, 3, 4, 5, 6, 7].map((i) => `dnsNames[${i}]`),
      ...[2, 3, 4, 5].map((i) => `ipAddresses[${i}]`),
    ]);
  });
});
