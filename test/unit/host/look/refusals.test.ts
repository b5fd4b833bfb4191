import assert from "node:assert/strict";

import { refusalLines } from "../../../../sdk/host/look/refusals";
import { HEAD, observed } from "../../../support/observed";

const OURS = { identity: "0123456789abcdef", component: "home/dev/broker" };
const THEIRS = ["identity fedcba9876543210", "component else/prod/broker"];

/** Why a host would be refused, in words. */
function refusals(
  { more = [], suite = "bookworm" }: { more?: readonly string[]; suite?: string },
  wanted: Partial<Parameters<typeof refusalLines>[2]> = OURS,
): string[] {
  const head = HEAD.map((line) => (line.startsWith("suite ") ? `suite ${suite}` : line));
  return refusalLines("pi (192.168.1.57)", observed({ more }, head), { concept: "mosquitto", ...wanted });
}

const HEADING = "`pulumi up` would refuse pi (192.168.1.57), and change nothing there";
const BELONGS =
  '  mosquitto on this host belongs to another Pulumi resource, "else/prod/broker"; destroy that one first (or give yours ' +
  "an alias if it was renamed). If it is gone for good, run on the host: sudo rm /var/lib/pulumi-mosquitto-pi/mosquitto/identity";

describe("a host that `pulumi up` would refuse", () => {
  it("is none that is ours, nobody's, or of whom it is not known what is wanted", () => {
    assert.deepEqual(refusals({ more: [`identity ${OURS.identity}`, `component ${OURS.component}`] }), []);
    assert.deepEqual(refusals({ more: [`identity ${OURS.identity}`, "component its/former/name"] }), []);
    assert.deepEqual(refusals({}), []);
    assert.deepEqual(refusals({ more: ["component else/prod/broker"] }), []);
    assert.deepEqual(refusals({ more: THEIRS }, {}), []);
    assert.deepEqual(refusals({ more: THEIRS }, { ...OURS, concept: "fail2ban" }), []);
  });

  it("is another one's, who is named with what to do", () => {
    assert.deepEqual(refusals({ more: THEIRS }), [HEADING, BELONGS]);
  });

  it("is that of a stack which has lost its state, or was made anew", () => {
    const [, told = ""] = refusals({ more: ["identity fedcba9876543210", `component ${OURS.component}`] });
    assert.match(
      told,
      /another Pulumi resource, "home\/dev\/broker" \(of this name, but not the one in this stack's state\); /,
    );
  });

  it("runs another release than it should, or one that is not supported", () => {
    assert.deepEqual(refusals({}, { suite: "bookworm" }), []);
    assert.deepEqual(refusals({}, { suite: "trixie" }), [
      HEADING,
      '  suite: expected "trixie" on this host, got "bookworm"; set suite: "bookworm" on its RaspberryPi, or check that this is the right host',
    ]);
    for (const suite of ["bullseye", ""])
      assert.deepEqual(refusals({ suite }), [
        HEADING,
        `  host: expected Raspberry Pi OS bookworm or trixie, got "${suite}"; flash one of these`,
      ]);
  });

  it("is told with what to do, whatever the host says", () => {
    const [, told = ""] = refusals({ more: ["identity x", `component ${"y".repeat(100_000)}`] });
    assert.match(told, /resource, "y{200}"; destroy that one first/);
  });

  it("is told with every reason", () => {
    const told = refusals({ more: ["identity x"] }, { ...OURS, suite: "trixie" });
    assert.equal(told.length, 3);
  });
});
