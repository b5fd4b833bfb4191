import assert from "node:assert/strict";

import { GAP } from "../../../sdk/core/gap";
import { NOTHING } from "../../../sdk/host/look/observation";
import { CERTIFICATE, clientLines, clientRemarks, renewalRemarks } from "../../../sdk/mosquitto/renewal";
import { newKey, selfSigned } from "../../support/providers";
import { redated } from "../../support/redated";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const DAY = 86_400_000;
const key = newKey();
const live = redated(selfSigned(key, "pi"), key, new Date(NOW - 70 * DAY), new Date(NOW + 20 * DAY));

const remarks = (wanted: string | undefined, renewBefore: number | undefined, seen = live, now = NOW) =>
  renewalRemarks(wanted, renewBefore, now)({ ...NOTHING, texts: new Map([[CERTIFICATE, seen]]) });

describe("a preview says of the certificate that a Pi has", () => {
  it("that it is renewed, when it ends and in how many days", () => {
    assert.deepEqual(remarks(GAP, 30 * 24), ["a certificate that expires 2026-12-13, in 20 days: renewed"]);
    assert.deepEqual(remarks(GAP, 30 * 24, live, NOW + 20 * DAY - 1), [
      "a certificate that expires 2026-12-13, in less than a day: renewed",
    ]);
    assert.deepEqual(remarks(GAP, 30 * 24, live, NOW + 21 * DAY), [
      "a certificate that expired 2026-12-13, 1 day ago: renewed",
    ]);
  });

  it("nothing outside of the time for that, nor of one that stays, is given, or can't be read", () => {
    assert.deepEqual(remarks(GAP, 19 * 24), []);
    assert.deepEqual(remarks(live, 30 * 24), []);
    assert.deepEqual(remarks(GAP, undefined), []);
    assert.deepEqual(remarks(GAP, 30 * 24, "no certificate"), []);
    assert.deepEqual(renewalRemarks(GAP, 30 * 24, NOW)(NOTHING), []);
  });
});

describe("a preview says of a user's certificate", () => {
  const END = "2026-12-13T12:00:00Z";
  const card = (username: string, certificatePem?: string) => ({ username, certificate: true, certificatePem });
  const told = (users: readonly ReturnType<typeof card>[], facts: Readonly<Record<string, string>>) =>
    clientRemarks(users, NOW)({ ...NOTHING, facts });

  it("that it is renewed, by what the Pi has been told of its end", () => {
    assert.deepEqual(clientLines([card("relay1", live), card("other"), { ...card("lost", live), revoked: true }]), [
      `client relay1 ${END}`,
    ]);
    assert.deepEqual(told([card("relay1", GAP)], { "client-relay1": END }), [
      "a user relay1 whose certificate expires 2026-12-13, in 20 days: renewed; the device needs the new one",
    ]);
    const many = Array.from({ length: 23 }, (_, i) => `relay${i}`);
    const lines = told(
      many.map((name) => card(name, GAP)),
      Object.fromEntries(many.map((name) => [`client-${name}`, END])),
    );
    assert.deepEqual([lines.length, lines.at(-1)], [21, "3 more such users"]);
  });

  it("nothing where it stays, or is the first one", () => {
    assert.deepEqual(told([card("relay1", live)], { "client-relay1": END }), []);
    assert.deepEqual(told([card("relay1", GAP)], { "client-relay2": END }), []);
  });
});
