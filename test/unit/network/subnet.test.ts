import assert from "node:assert/strict";

import fc from "fast-check";

import { canonical, contains, parseSubnet, roleIn } from "../../../sdk/network/subnet";

describe("a subnet", () => {
  it("is an address and the length of its prefix, in their usual spelling", () => {
    assert.deepEqual(parseSubnet("192.168.1.80/24"), { address: "192.168.1.80", prefix: 24 });
    assert.deepEqual(parseSubnet("FD00:0::0080/64"), { address: "fd00::80", prefix: 64 });
    for (const text of ["192.168.1.80", "192.168.1.80/33", "fd00::80/129", "192.168.1/24", "fe80::1%eth0/64", "x/24"])
      assert.equal(parseSubnet(text), undefined, text);
    assert.deepEqual(["FD00::0080/64", "fd00:0::1", "192.168.1.1", "(known after up)"].map(canonical), [
      "fd00::80/64",
      "fd00::1",
      "192.168.1.1",
      "(known after up)",
    ]);
  });

  it("contains the addresses that share its prefix, of its own family", () => {
    const home = { address: "192.168.1.80", prefix: 24 };
    assert.deepEqual(
      ["192.168.1.1", "192.168.2.1", "::ffff:192.168.1.1", "fd00::1"].map((it) => contains(home, it)),
      [true, false, false, false],
    );
    assert.ok(contains({ address: "fd00:1::80", prefix: 64 }, "fd00:1::1"));
    assert.ok(!contains({ address: "fd00:1::80", prefix: 64 }, "fd00:2::1"));
  });

  it("has one address of its own, and of IPv4 one for all", () => {
    const role = (text: string) => roleIn(parseSubnet(text) ?? assert.fail(text), text.split("/")[0] ?? "");
    assert.deepEqual(
      ["10.0.0.0/8", "10.255.255.255/8", "10.0.0.255/8", "192.168.1.64/26", "192.168.1.127/26"].map(role),
      ["network", "broadcast", undefined, "network", "broadcast"],
    );
    assert.deepEqual(["fd00::/64", "fd00::ffff:ffff:ffff:ffff/64", "fd00::80/64"].map(role), [
      "network",
      undefined,
      undefined,
    ]);
  });

  it("has exactly its first and last IPv4 address as these, whatever its size", () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 30 }), fc.nat(2 ** 32 - 1), (prefix, number) => {
        const size = 2 ** (32 - prefix);
        const address = [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
        const expected = number % size === 0 ? "network" : number % size === size - 1 ? "broadcast" : undefined;
        assert.equal(roleIn({ address, prefix }, address), expected);
      }),
    );
  });
});
