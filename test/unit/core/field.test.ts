import assert from "node:assert/strict";

import fc from "fast-check";

import { didYouMean } from "../../../sdk/core/didYouMean";
import { Field, UNKNOWN } from "../../../sdk/core/field";
import { formatIssues } from "../../../sdk/core/issue";

describe("Field", () => {
  it("collects every mistake with its path, and only mistakes", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.string(), fc.constant(UNKNOWN))), (values) => {
        const root = new Field({ list: values });
        for (const item of root.at("list").items()) item.integer(1, 9);
        const wrong = values.flatMap((v, i) => (typeof v === "string" ? [`list[${i}]`] : []));
        assert.deepEqual(
          root.found.map((issue) => issue.path),
          wrong,
        );
      }),
    );
  });

  it("lets pass what is not known yet, at any depth", () => {
    const root = new Field({ a: UNKNOWN });
    const unknown = root.at("a").at("b");
    unknown.string();
    unknown.integer(1, 2);
    unknown.boolean();
    unknown.oneOf(["x"]);
    assert.deepEqual([unknown.object(), unknown.items(), root.found], [true, [], []]);
  });

  it("never shows a secret", () => {
    const field = new Field("hunter2", "password");
    field.failSecret("a longer password", "leave it away");
    assert.equal(
      formatIssues("MqttUser", "x", field.found),
      'MqttUser "x" has 1 mistake; nothing was sent to any host\n  password: expected a longer password; leave it away',
    );
  });

  it("shows no private key that was given in the wrong place", () => {
    const field = new Field("-----BEGIN EC PRIVATE" + " KEY-----\nMHcCAQEEI", "certificatePem");
    field.fail("a certificate");
    assert.deepEqual(field.found, [{ path: "certificatePem", expected: "a certificate", got: "a private key" }]);
  });

  it("reports keys that nobody reads, with the one that was meant", () => {
    const field = new Field({ hostname: 1 }, "broker");
    field.onlyKeys(["hostnames", "users"]);
    assert.deepEqual(field.found, [
      { path: "broker.hostname", expected: "no such argument", got: "hostname", fix: 'did you mean "hostnames"?' },
    ]);
  });

  it("suggests near words only", () => {
    assert.equal(didYouMean("senosr1", ["sensor1", "admin"]), 'did you mean "sensor1"?');
    assert.equal(didYouMean("kitchen", ["sensor1", "admin"]), undefined);
    assert.equal(didYouMean("x", []), undefined);
    assert.equal(didYouMean("tsl", ["mqtt", "tls", "mutualTls"]), 'did you mean "tls"?');
    assert.equal(didYouMean("maxQueued", ["maxKeepalive", "maxQueuedMessages"]), 'did you mean "maxQueuedMessages"?');
    assert.equal(didYouMean("ma", ["maxQueuedMessages"]), undefined);
  });
});
