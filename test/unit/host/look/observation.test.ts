import assert from "node:assert/strict";

import { observationOf } from "../../../../sdk/host/look/observation";
import { HEAD, HOST, observed, printed } from "../../../support/observed";

const read = (stdout: string, stderr = "", code = 0) => observationOf({ code, stdout, stderr }, "pi");

describe("observation", () => {
  it("tells the host, and of each concept what was deployed, what is there and what it says itself", () => {
    const owner = ["identity 0123456789abcdef", "component home/dev/broker"];
    const more = [
      ...owner,
      "downgraded mosquitto",
      "fact clients 14",
      "line acl:user a",
      "line acl:topic read a:b",
      "line acl:",
    ];
    const { concepts, ...host } = observed({ now: [...HOST, "stray /etc/mosquitto/generations/x"], more });
    assert.deepEqual(host, {
      fingerprint: "0f0f b1 /var/lib 2026-01-01",
      suite: "bookworm",
      time: 1790000000,
      installed: new Set([""]),
      earlier: [],
    });
    assert.deepEqual(concepts.get("mosquitto"), {
      id: "i0",
      manifest: HOST,
      now: [...HOST, "stray /etc/mosquitto/generations/x"],
      downgraded: ["mosquitto"],
      facts: { clients: "14" },
      owner: { identity: "0123456789abcdef", component: "home/dev/broker" },
      drift: [{ thing: "/etc/mosquitto/generations/x", how: "is not ours" }],
      texts: new Map([["acl", "user a\ntopic read a:b\n\n"]]),
      begun: "",
      forgotten: "",
    });
  });

  it("takes a concept's summaries of files for their texts", () => {
    const more = ["fact summary passwd sensor1", "fact summary passwd admin has a password"];
    const { texts } = observed({ more }).concepts.get("mosquitto") ?? assert.fail();
    assert.equal(texts.get("passwd"), "sensor1\nadmin has a password\n");
  });

  it("tells a manifest that is gone", () => {
    for (const there of ["identity 0123456789abcdef", "now root /etc/mosquitto"]) {
      const more = [there, "forgotten /m 2026-01-02"];
      const { id, forgotten, drift } = observed({ id: null, more }).concepts.get("mosquitto") ?? assert.fail();
      assert.deepEqual([id, forgotten, drift.length], [undefined, "/m 2026-01-02", 1]);
    }
  });

  it("does not take a first deployment that was broken off for one that is not known any more", () => {
    const { id, drift } = observed({ id: null, more: ["forgotten /m x"] }).concepts.get("mosquitto") ?? assert.fail();
    assert.deepEqual([id, drift], [undefined, []]);
  });

  it("tells the files that somebody has made before us", () => {
    const head = [...HEAD, "earlier /etc/mosquitto/conf.d/mine.conf", "earlier /etc/mosquitto/a b"];
    assert.deepEqual(observed({}, head).earlier, ["/etc/mosquitto/conf.d/mine.conf", "/etc/mosquitto/a b"]);
  });

  it("keeps concepts apart", () => {
    const [, ...rest] = printed({ id: "i1" }).split("concept mosquitto");
    const both = `${printed().replace(/end\n$/, "")}concept fail2ban${rest.join("")}`;
    const { concepts } = read(both);
    assert.deepEqual(
      [...concepts].map(([name, { id }]) => [name, id]),
      [
        ["mosquitto", "i0"],
        ["fail2ban", "i1"],
      ],
    );
  });

  it("of a host that has nothing of ours knows which packages it has", () => {
    const { concepts, installed } = read([...HEAD, "installed adduser openssl ", "end", ""].join("\n"));
    assert.equal(concepts.size, 0);
    assert.ok(installed.has("adduser") && installed.has("openssl") && !installed.has("mosquitto"));
  });

  it("is read through what a login shell says first", () => {
    assert.equal(read(`Welcome!\nconcepts are fine\n${printed()}`).concepts.get("mosquitto")?.id, "i0");
  });

  const whole = printed();
  const torn: Readonly<Record<string, readonly [stdout: string, code?: number]>> = {
    nothing: [""],
    "the first half": [whole.slice(0, whole.length / 2)],
    "all but its last word": [whole.replace(/end\n$/, "")],
    "a last line without its end": [whole.trimEnd()],
    "more after the end": [`${whole}logout\n`],
    "another program's words": ["BusyBox v1.36 built-in shell\n"],
    "zeros and controls": ["\0\0\x1b[2Jend"],
    "a whole answer with a failure": [whole, 1],
  };
  for (const [what, [stdout, code]] of Object.entries(torn))
    it(`is refused when the answer is ${what}`, () => {
      assert.throws(() => read(stdout, "sh: 1: oops", code), /its answer is not whole \(exit code \d+\): sh: 1: oops$/);
    });

  it("is refused when it came too late, and says so", () => {
    for (const stdout of [whole, HEAD.join("\n")])
      assert.throws(() => read(stdout, "", 124), /^Error: looking took more than 60 seconds; /);
  });

  it("names the fix when sudo refuses", () => {
    for (const stderr of [
      "sudo: a password is required\n",
      "sh: 1: sudo: not found",
      "Hello\nsudo: Ein Passwort ist nötig",
    ])
      assert.throws(
        () => read("", stderr, 1),
        /^Error: connection\.user: expected root or .* got "pi"; on the Pi, run: echo 'pi ALL/,
      );
  });

  it("does not take a warning of sudo's for a refusal", () => {
    const stderr = "sudo: unable to resolve host pi: Name or service not known\n";
    assert.equal(read(whole, stderr).suite, "bookworm");
    assert.throws(() => read(`${HEAD.join("\n")}\n`, stderr, 124), /^Error: looking took more than 60 seconds; /);
  });
});
