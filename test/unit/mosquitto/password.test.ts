import assert from "node:assert/strict";

import fc from "fast-check";

import { canary } from "../../../sdk/mosquitto/canary";
import { passwordHash, passwordWeakness } from "../../../sdk/mosquitto/password";

describe("a password hash", () => {
  it("is what mosquitto makes of the same password and salt", () => {
    // By `mosquitto_passwd -b` of mosquitto 2.0.11.
    const made =
      "$7$101$Caygv2RfJkXT2yuC$W2X39WVcrYyKXgbvkE/0WKV8TEf9hJYhFrG3ta8USwFQL7CUP5g22RTA3udLNQ22xSv1rJp9uKTDktmHjx22fw==";
    const salt = Buffer.from("Caygv2RfJkXT2yuC", "base64");
    assert.equal(passwordHash("Grüße aus dem Keller", salt, 101), made);
  });

  it("needs a salt of 12 bytes", () => {
    assert.throws(() => passwordHash("x", Buffer.alloc(64), 101), /12 bytes, got 64/);
  });
});

describe("a chosen password", () => {
  const weak = [
    "short",
    "aaaaaaaaaaaaaaaa",
    "abababababab",
    "123456789012",
    "abcdefghijklmn",
    "Password1234",
    "P4ssw0rd!!!!",
    "raspberry2026",
    "mosquitto-mqtt",
    "qwertqwert12",
    "xx-Sensor1-yy",
    "tab\tin the middle",
    "admin1234567",
  ];
  for (const password of weak)
    it(`is weak: ${JSON.stringify(password)}`, () => {
      assert.match(passwordWeakness(password, "sensor1") ?? "", /^a password /);
    });

  it("is fine when it is long and not common", () => {
    for (const password of ["correct horse battery", "kT9x2LmQ8vRz", "Grüße aus dem Keller", "raspberries taste best"])
      assert.equal(passwordWeakness(password, "sensor1"), undefined, password);
  });

  it("is never repeated in the complaint", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 5 }), fc.string(), (password, username) => {
        const complaint = passwordWeakness(password, username) ?? "";
        assert.ok(!complaint.includes(password) || "a password of at least 12 characters".includes(password));
      }),
    );
  });
});

describe("the canary", () => {
  const files = [
    { path: "acl", content: "user a\n" },
    { path: "plan", content: "" },
  ];

  it("has the same password for the same files, and another for others", () => {
    const first = canary("seed", files);
    assert.deepEqual(canary("seed", files), first);
    const others = [
      canary("seed2", files),
      canary("seed", files.slice(1)),
      canary("seed", [{ path: "acl", content: "user b\n" }]),
    ];
    assert.equal(new Set([first, ...others].map((c) => c.password)).size, 4);
    assert.equal(new Set([first, ...others].map((c) => c.passwordHash.split("$")[3])).size, 4);
  });

  it("has a password that fits on a line of its own", () => {
    assert.match(canary("seed", files).password, /^[A-Za-z0-9_-]{43}$/);
  });
});
