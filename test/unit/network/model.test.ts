import assert from "node:assert/strict";

import { Field, UNKNOWN } from "../../../sdk/core/field";
import { formatIssues } from "../../../sdk/core/issue";
import { bareAddress, checkStaticIp } from "../../../sdk/network/model";

const RIGHT = { address: "192.168.1.80/24", gateway: "192.168.1.1" };

function mistakes(args: object): string[] {
  const field = new Field({ ...RIGHT, ...args });
  checkStaticIp(field);
  return formatIssues("", "", field.found)
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}

describe("the arguments of a fixed address", () => {
  it("are right as the manual has them", () => {
    assert.deepEqual(mistakes({}), []);
    assert.deepEqual(
      mistakes({
        dns: ["192.168.1.1", "9.9.9.9", "2620:fe::fe"],
        searchDomain: "home.lan",
        device: "eth0",
        ipv6: { address: "fd00::80/64", gateway: "fe80::1" },
      }),
      [],
    );
    assert.deepEqual(mistakes({ ipv6: { address: "fd00::80/64" } }), []);
    assert.deepEqual(mistakes({ address: UNKNOWN, gateway: UNKNOWN, dns: UNKNOWN, ipv6: UNKNOWN }), []);
  });

  it("are told what is wrong with them, all at once", () => {
    assert.deepEqual(
      mistakes({
        address: "192.168.1.80",
        gateway: "192.168.1.1/24",
        dns: ["192.168.1.1", "192.168.1.1", "router"],
        searchDomain: "home lan",
        device: "eth0; reboot",
        ipv6: { address: "192.168.1.80/24" },
        adress: "192.168.1.80/24",
      }),
      [
        'adress: expected no such argument, got adress; did you mean "address"?',
        'address: expected an IPv4 address with the length of its prefix, such as "192.168.1.80/24", got "192.168.1.80"; did you mean "192.168.1.80/24"?',
        'gateway: expected the router\'s IPv4 address, such as "192.168.1.1", got "192.168.1.1/24"; leave the prefix length away',
        'ipv6.address: expected an IPv6 address with the length of its prefix, such as "fd00::80/64", got "192.168.1.80/24"',
        'dns[1]: expected each name server once, got "192.168.1.1"',
        'dns[2]: expected an IP address such as "192.168.1.80", got "router"',
        'searchDomain: expected a domain such as "home.lan", got "home lan"; give one domain',
        'device: expected the name of a network device, such as "eth0", got "eth0; reboot"',
      ],
    );
  });

  const wrong: readonly (readonly [object, string])[] = [
    [{ address: "192.168.1.0/24" }, "that is the network's own address"],
    [{ address: "192.168.1.255/24" }, "that is the network's broadcast address"],
    [{ address: "192.168.1.80/31" }, "a prefix length from 8 to 30"],
    [{ address: "127.0.0.80/24" }, "loopback"],
    [{ address: "169.254.3.4/16" }, "link-local"],
    [{ address: "224.0.0.80/24" }, "multicast"],
    [{ gateway: "192.168.2.1" }, "a router in the Pi's own network, that of 192.168.1.80/24"],
    [{ gateway: "192.168.1.80" }, "that is the Pi's own"],
    [{ gateway: "192.168.1.255" }, "broadcast address"],
    [{ gateway: undefined }, "got nothing"],
    [{ gateway: "fe80::1" }, "the router's IPv4 address"],
    [{ dns: ["2620:fe::fe"] }, "since there is no `ipv6`"],
    [{ dns: ["1.1.1.1", "1.0.0.1", "9.9.9.9", "8.8.8.8"] }, "at most 3 name servers"],
    [{ dns: "1.1.1.1" }, "a list of IP addresses"],
    [{ dns: ["0.0.0.0"] }, "no host's address"],
    [{ dns: ["224.0.0.251"] }, "no host's address"],
    [{ ipv6: { address: "fd00::80/64", gateway: "fd00:1::1" } }, "that of fd00::80/64"],
    [{ ipv6: { address: "fd00::80/64", gateway: "FD00:0::80" } }, "that is the Pi's own"],
    [{ ipv6: { address: "fe80::80/64" } }, "link-local"],
    [{ ipv6: { address: "fd00::80/64", gateway: "fe80::1%eth0" } }, "leave the zone away"],
    [{ ipv6: "fd00::80/64" }, "an object with `address`"],
  ];
  for (const [args, text] of wrong)
    it(`are refused: ${JSON.stringify(args)}`, () => {
      const [found = "", ...more] = mistakes(args);
      assert.ok(found.includes(text), found);
      assert.deepEqual(more, []);
    });

  it("have an address that is also known without its prefix", () => {
    assert.deepEqual(["192.168.1.80/24", "FD00::0080/64"].map(bareAddress), ["192.168.1.80", "fd00::80"]);
  });
});
