import assert from "node:assert/strict";

import fc from "fast-check";

import { deployedDigest, nextId } from "../../../../sdk/host/look/nextId";
import type { Observation } from "../../../../sdk/host/look/observation";
import { describedFile, HEAD, LEFT, observed } from "../../../support/observed";

const DIGEST = "0123456789ab";
const GENERATION = `0001-${DIGEST}`;

describe("the id of the next deployment", () => {
  const id = (seen: Observation, digest = DIGEST): string => nextId(seen, "mosquitto", digest);
  const rebooted = HEAD.map((line) => line.replace("boot b1", "boot b2").replace("time 1", "time 2"));
  const stopped = LEFT.map((line) => line.replace(" active ", " inactive "));
  const other = LEFT.map((line) => line.replace(GENERATION, "0002-ffffffffffff"));

  it("is the last one's as long as the host is as it was left and that is wanted", () => {
    assert.equal(id(observed({ id: "i7", manifest: LEFT })), "i7");
    assert.equal(id(observed({ id: "i7", manifest: LEFT, more: ["fact clients 3"] })), "i7");
    assert.equal(id(observed({ id: "i7", manifest: LEFT }, rebooted)), "i7");
  });

  it("is another one when something else is wanted, either way, and each time the same", () => {
    const seen = observed({ id: "i7", manifest: LEFT });
    const newer = id(seen, "ffffffffffff");
    assert.ok(newer !== "i7" && newer === id(seen, "ffffffffffff") && newer !== id(seen, "eeeeeeeeeeee"));
    // Somebody else's program, or an older commit of ours, was deployed there in between.
    assert.notEqual(id(observed({ id: "i7", manifest: other })), "i7");
  });

  it("is another one when the host has drifted, and one more when that happens again after a repair", () => {
    const first = id(observed({ id: "i7", manifest: LEFT, now: stopped }));
    assert.notEqual(first, "i7");
    const second = id(observed({ id: first, manifest: LEFT, now: stopped }));
    assert.ok(second !== first && second !== "i7");
  });

  it("is another one after a try that has not ended well, and after each more", () => {
    const wanted = (more: readonly string[]) => id(observed({ id: "i7", manifest: LEFT, more }), "ffffffffffff");
    const first = wanted([]);
    const second = wanted([`begun ${first} 10.0.0.1`]);
    assert.equal(new Set([first, second, wanted([`begun ${second} 10.0.0.1`])]).size, 3);
    assert.equal(id(observed({ id: "i7", manifest: LEFT, more: [`begun ${first}`] })), "i7", "it went back");
  });

  it("goes back with a card that goes back, so that the state and the host no longer agree", () => {
    const before = id(observed({ id: "i7", manifest: LEFT }));
    const after = id(observed({ id: before, manifest: LEFT, now: stopped }));
    assert.equal(id(observed({ id: after, manifest: LEFT })), after, "repaired");
    assert.notEqual(id(observed({ id: before, manifest: LEFT })), after, "restored from the image of last month");
  });

  it("is new for a host that knows nothing, and again when that happens once more", () => {
    const bare = (changed: string, boot = "b1", machine = "0f0f") => {
      const head = [`machine ${machine}`, `boot ${boot}`, "suite bookworm", "time 1", `bare /var/lib ${changed}`];
      return id(observed({ id: null }, head));
    };
    const ids = [
      bare("2026-01-01 10:00"),
      bare("2026-01-01 11:00"),
      bare("2026-01-01 10:00", "b2"),
      bare("2026-01-01 10:00", "b1", "1f1f"),
    ];
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(bare("2026-01-01 10:00"), ids[0]);
    const forgotten = (changed: string) => id(observed({ id: null, more: [`forgotten /m ${changed}`] }));
    assert.ok(forgotten("1") !== forgotten("2") && forgotten("1") === forgotten("1"));
  });

  it("is new for a concept that a host does not have, whatever else it has", () => {
    const seen = observed({ id: "i7", manifest: LEFT });
    assert.match(nextId(seen, "fail2ban", DIGEST), /^[0-9a-f]{16}$/);
    assert.notEqual(nextId(seen, "fail2ban", DIGEST), "i7");
  });

  const line = fc.constantFrom(
    ...LEFT,
    ...stopped,
    ...other,
    "stray /etc/mosquitto/generations/x",
    ...describedFile("acl", "topic readwrite #\n"),
    "package mosquitto config-files 1",
  );
  const lines = fc.uniqueArray(line, { maxLength: 20 });
  const fact = fc.constantFrom(
    `fact loaded ${GENERATION}`,
    "fact loaded other",
    "fact clients 9",
    "downgraded mosquitto",
  );
  const seen = fc.record({
    id: fc.stringMatching(/^[0-9a-f]{16}$/),
    manifest: fc.constantFrom(LEFT, other),
    now: fc.oneof(lines, fc.constant(LEFT)),
    more: fc.uniqueArray(fact),
  });

  it("is the manifest's exactly when nothing has drifted and nothing else is wanted; always the same for the same host", () => {
    let kept = 0;
    fc.assert(
      fc.property(seen, fc.constantFrom(DIGEST, "ffffffffffff"), (host, digest) => {
        const concept = observed(host).concepts.get("mosquitto") ?? assert.fail();
        const inSync = concept.drift.length === 0 && deployedDigest(concept) === digest;
        const next = id(observed(host), digest);
        assert.equal(next === host.id, inSync);
        assert.equal(next, id(observed(host, rebooted), digest));
        if (inSync) kept += 1;
      }),
      { numRuns: 500 },
    );
    assert.ok(kept > 20, `only ${kept} hosts were in sync`);
  });

  it("never comes twice in a row of repairs, whatever goes wrong each time", () => {
    fc.assert(
      fc.property(fc.array(seen, { minLength: 2, maxLength: 12 }), (mishaps) => {
        const fed = ["0000000000000000"];
        for (const mishap of mishaps) {
          const host = { ...mishap, id: fed.at(-1) ?? "" };
          const next = id(observed(host));
          if (next !== host.id) fed.push(next);
        }
        assert.equal(new Set(fed).size, fed.length);
      }),
    );
  });
});
