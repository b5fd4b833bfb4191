import assert from "node:assert/strict";

import { renderProfile } from "../../../sdk/network/render";

describe("the profile of a fixed address", () => {
  it("has the gateway as name server when none is said, and leaves IPv6 alone", () => {
    assert.equal(
      renderProfile({ address: "192.168.1.80/24", gateway: "192.168.1.1" }),
      [
        "ipv4.method manual",
        "ipv4.addresses 192.168.1.80/24",
        "ipv4.gateway 192.168.1.1",
        "ipv4.dns 192.168.1.1",
        "ipv4.dns-search ",
        "",
      ].join("\n"),
    );
  });

  it("has no name server where none is wanted", () => {
    assert.match(renderProfile({ address: "192.168.1.80/24", gateway: "192.168.1.1", dns: [] }), /^ipv4\.dns $/m);
  });

  it("has every address where NetworkManager wants it, spelled as it does", () => {
    assert.equal(
      renderProfile({
        address: "192.168.1.80/24",
        gateway: "192.168.1.1",
        dns: ["9.9.9.9", "2620:FE::00fe", "1.1.1.1"],
        searchDomain: "home.lan",
        ipv6: { address: "FD00:0::0080/64", gateway: "FE80::1" },
      }),
      [
        "ipv4.method manual",
        "ipv4.addresses 192.168.1.80/24",
        "ipv4.gateway 192.168.1.1",
        "ipv4.dns 9.9.9.9,1.1.1.1",
        "ipv4.dns-search home.lan",
        "ipv6.method manual",
        "ipv6.addresses fd00::80/64",
        "ipv6.gateway fe80::1",
        "ipv6.dns 2620:fe::fe",
        "ipv6.dns-search home.lan",
        "",
      ].join("\n"),
    );
  });
});
