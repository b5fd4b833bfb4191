import assert from "node:assert/strict";

import { desiredState, forecast } from "../../../sdk/acme/desired";
import { type AcmeSettings, checkAcme } from "../../../sdk/acme/model";
import { renderRequest, requestDigest } from "../../../sdk/acme/render";
import { Field, UNKNOWN } from "../../../sdk/core/field";
import { NOTHING } from "../../../sdk/host/look/observation";
import { AUTHORITY } from "../../support/brokers";

const HTTP: AcmeSettings = { domains: ["mqtt.example.org"], http01: {} };
const NEEDLE = "a token that nobody else may know";
const DNS: AcmeSettings = {
  domains: ["*.example.org", "example.org"],
  email: "me@example.org",
  server: "https://ca.test/dir",
  dns01: { provider: "rfc2136", credentials: { RFC2136_TSIG_SECRET: NEEDLE, RFC2136_NAMESERVER: "192.0.2.1" } },
  caPem: AUTHORITY.certificatePem,
};

function mistakes(settings: object): string[] {
  const field = new Field(settings);
  checkAcme(field);
  assert.ok(!JSON.stringify(field.found).includes(NEEDLE));
  return field.found.map(({ path }) => path);
}

describe("what a certificate is ordered by", () => {
  it("is right by either challenge, and when it is not known yet", () => {
    for (const settings of [HTTP, DNS, { ...HTTP, http01: { port: 8080 } }]) assert.deepEqual(mistakes(settings), []);
    assert.deepEqual(
      mistakes({ domains: UNKNOWN, http01: UNKNOWN, email: UNKNOWN, server: UNKNOWN, caPem: UNKNOWN }),
      [],
    );
    assert.deepEqual(mistakes({ ...DNS, dns01: { provider: UNKNOWN, credentials: { A: UNKNOWN } } }), []);
    assert.deepEqual(mistakes({ ...DNS, dns01: { provider: "rfc2136", credentials: UNKNOWN } }), []);
  });

  it("names the internet's names, each once, and wildcards only where the zone is shown to be one's own", () => {
    const wrong = [
      "10.0.0.1",
      "pi",
      "mqtt-pi.local",
      "mqtt.example.org.",
      "MQTT.example.org",
      "a_b.org",
      "a.*.org",
      "a.42",
      "",
      7,
    ];
    for (const domain of wrong)
      assert.deepEqual(mistakes({ ...HTTP, domains: [domain] }), ["domains[0]"], String(domain));
    assert.deepEqual(mistakes({ ...HTTP, domains: ["a.org", "a.org"] }), ["domains[1]"]);
    assert.deepEqual(mistakes({ ...HTTP, domains: ["*.a.org"] }), ["domains[0]"]);
    assert.deepEqual(mistakes({ ...DNS, domains: ["*.a.org", "x.a.org"] }), ["domains[1]"]);
    assert.deepEqual(mistakes({ ...HTTP, domains: [`${"a".repeat(61)}.org`] }), ["domains[0]"]);
    assert.deepEqual(mistakes({ ...HTTP, domains: ["a.org", `${"a".repeat(61)}.org`] }), []);
    const many = Array.from({ length: 101 }, (_, i) => `a${i}.org`);
    for (const domains of [undefined, [], many, "a.org"])
      assert.deepEqual(mistakes({ ...HTTP, domains }).slice(0, 1), ["domains"]);
  });

  it("is refused with every mistake at once, and no credential is told", () => {
    assert.deepEqual(
      mistakes({
        domains: ["pi"],
        email: "me",
        server: "http://ca.test/dir",
        http01: { port: 0, host: "x" },
        dns01: {
          provider: "Cloudflare",
          credentials: { token: NEEDLE, EMPTY: "", LINES: `${NEEDLE}\n${NEEDLE}`, LIST: [NEEDLE] },
        },
        caPem: "x",
      }),
      [
        "domains[0]",
        "email",
        "server",
        "http01",
        "http01.host",
        "http01.port",
        "dns01.provider",
        "dns01.credentials.token",
        "dns01.credentials.EMPTY",
        "dns01.credentials.LINES",
        "dns01.credentials.LIST",
        "caPem",
      ],
    );
    assert.deepEqual(mistakes({ domains: ["a.org"] }), ["http01"]);
    assert.deepEqual(mistakes({ ...HTTP, http01: undefined, dns01: { provider: "manual", credentials: {} } }), [
      "dns01.provider",
      "dns01.credentials",
    ]);
    for (const server of ["https://me:pass@ca.test/dir", "https://ca.test/dir#x", "ca.test"])
      assert.deepEqual(mistakes({ ...HTTP, server }), ["server"]);
  });
});

describe("what a Pi gets for a certificate", () => {
  const files = (settings: AcmeSettings) => desiredState(settings, { seed: "seed", component: "home/dev/x" }).files;

  it("is the request, without credentials", () => {
    assert.equal(
      renderRequest(HTTP),
      "server https://acme-v02.api.letsencrypt.org/directory\nemail hostmaster@mqtt.example.org\nhttp-01 80\ndomain mqtt.example.org\n",
    );
    assert.equal(
      renderRequest(DNS),
      "server https://ca.test/dir\nemail me@example.org\ndns-01 rfc2136\ndomain *.example.org\ndomain example.org\n",
    );
  });

  it("has each credential in a file that only root reads, and that no preview shows", () => {
    const holding = files(DNS).filter(({ content }) => content.includes(NEEDLE));
    assert.deepEqual(
      holding.map(({ path, mode, owner, shown }) => [path, mode, owner, shown]),
      [["credentials/RFC2136_TSIG_SECRET", "0600", "root", "name"]],
    );
  });

  it("is known by a digest of all that was asked for, whatever the order of credentials, and of nothing that can be guessed", () => {
    const digest = requestDigest(DNS, "seed");
    const [credentials, provider] = [{ RFC2136_NAMESERVER: "192.0.2.1", RFC2136_TSIG_SECRET: NEEDLE }, "rfc2136"];
    assert.equal(requestDigest({ ...DNS, dns01: { provider, credentials } }, "seed"), digest);
    const others = [
      { ...DNS, dns01: { provider, credentials: { ...credentials, RFC2136_TSIG_SECRET: "other" } } },
      { ...DNS, domains: ["example.org"] },
      { ...DNS, caPem: undefined },
    ];
    for (const other of others) assert.notEqual(requestDigest(other, "seed"), digest);
    assert.notEqual(requestDigest(DNS, "another seed"), digest);
  });

  it("may listen where the authority comes, and nowhere else", () => {
    const unit = (settings: AcmeSettings) =>
      files(settings).find(({ path }) => path.endsWith("-order.service"))?.content ?? "";
    assert.match(
      unit(HTTP),
      /^SocketBindDeny=any\nSocketBindAllow=tcp:80\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE$/m,
    );
    assert.match(
      unit({ ...HTTP, http01: { port: 8080 } }),
      /^SocketBindAllow=tcp:8080\nCapabilityBoundingSet=\nPrivateUsers=yes$/m,
    );
    assert.match(unit(DNS), /^SocketBindDeny=any\nCapabilityBoundingSet=\nPrivateUsers=yes$/m);
    assert.match(unit(DNS), /^LoadCredential=RFC2136_NAMESERVER:.*\nLoadCredential=RFC2136_TSIG_SECRET:/m);
  });

  it("is foretold: what is ordered from whom, or that the certificate stays", () => {
    const wanted = desiredState(DNS, { seed: "seed", component: "home/dev/x" });
    const said = (changes: string[], seen: object) =>
      forecast(DNS)({ changes, installs: [] }, wanted, { ...NOTHING, ...seen });
    const order = "a certificate for *.example.org, example.org is ordered from ca.test by DNS-01 (rfc2136)";
    assert.equal(said([], { id: undefined }), order);
    assert.equal(said([], { id: "x" }), "the certificate stays");
    assert.equal(said(["request"], { id: "x" }), `${order}, unless the Pi has one that was ordered so`);
    assert.equal(said([], { id: "x", drift: [{ thing: "certificate", how: "is expired" }] }), order);
  });
});
