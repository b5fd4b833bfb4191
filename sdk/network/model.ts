import { isIPv4, isIPv6 } from "node:net";

import type { Field } from "../core/field";
import { checkPatience, type Confirmation } from "../host/patience";
import { canonicalAddress, checkAddress, isHostname } from "../tls/names";
import { contains, isNobodys, parseSubnet, roleIn, type Subnet, subnetOf } from "./subnet";

/** A fixed IPv6 address. */
export interface Ipv6Settings {
  /** With the length of its network's prefix: "fd00::80/64". */
  readonly address: string;
  /**
   * The router, in the same network or link-local: "fe80::1".
   *
   * @defaultValue none: no way out of the network over IPv6
   */
  readonly gateway?: string | undefined;
}

/** The fixed address of a Pi, and what belongs to it. */
export interface StaticIpSettings extends Confirmation {
  /** IPv4 address with the length of its network's prefix: "192.168.1.80/24". Take one that the router's DHCP does not give away. */
  readonly address: string;
  /** The router's IPv4 address, in the same network. */
  readonly gateway: string;
  /**
   * Name servers, three at most; those with IPv6 addresses need `ipv6`. `[]` is none.
   *
   * @defaultValue `gateway`
   */
  readonly dns?: readonly string[] | undefined;
  /**
   * Domain that short names are completed with: "home.lan".
   *
   * @defaultValue none
   */
  readonly searchDomain?: string | undefined;
  /**
   * A fixed IPv6 address beside it.
   *
   * @defaultValue IPv6 stays as it is
   */
  readonly ipv6?: Ipv6Settings | undefined;
  /**
   * The network device: "eth0".
   *
   * @defaultValue the one that carries the SSH connection at the first deployment
   */
  readonly device?: string | undefined;
}

/** Checks the arguments of a StaticIp but for its host. */
export function checkStaticIp(args: Field): void {
  args.onlyKeys(["host", "address", "gateway", "dns", "searchDomain", "ipv6", "device", "confirmWithin"]);
  checkPatience(args);
  checkPlace(args, IPV4);
  const ipv6 = args.at("ipv6").given();
  if (ipv6?.object("an object with `address`") === true) {
    ipv6.onlyKeys(["address", "gateway"]);
    checkPlace(ipv6, IPV6);
  }
  checkNameServers(args.at("dns"), ipv6 !== undefined);
  args
    .at("searchDomain")
    .given()
    ?.string('a domain such as "home.lan"', isHostname, (text) => (/[\s,]/.test(text) ? "give one domain" : undefined));
  // What the kernel allows, without what would need quoting anywhere.
  args
    .at("device")
    .given()
    ?.string('the name of a network device, such as "eth0"', (name) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(name));
}

interface Family {
  readonly is: (address: string) => boolean;
  readonly expected: string;
  readonly router: string;
  readonly prefixes: readonly [min: number, max: number];
  /** Addresses that no host has as its own, each with the reason. */
  readonly special: readonly (readonly [network: string, why: string])[];
  readonly isGatewayNeeded: boolean;
}

const IPV4: Family = {
  is: isIPv4,
  expected: 'an IPv4 address with the length of its prefix, such as "192.168.1.80/24"',
  router: 'the router\'s IPv4 address, such as "192.168.1.1"',
  prefixes: [8, 30],
  special: [
    ["0.0.0.0/8", "that is no host's address"],
    ["127.0.0.0/8", "that is the Pi's own loopback"],
    ["169.254.0.0/16", "that is link-local: hosts take such addresses by themselves"],
    ["224.0.0.0/3", "that is multicast or reserved"],
  ],
  isGatewayNeeded: true,
};

const IPV6: Family = {
  is: isIPv6,
  expected: 'an IPv6 address with the length of its prefix, such as "fd00::80/64"',
  router: 'the router\'s IPv6 address, such as "fe80::1"',
  prefixes: [3, 127],
  special: [
    ["::/127", "that is the Pi's own loopback, or nobody's"],
    ["fe80::/10", "that is link-local: hosts take such addresses by themselves"],
    ["ff00::/8", "that is multicast"],
  ],
  isGatewayNeeded: false,
};

function checkPlace(place: Field, family: Family): void {
  const subnet = checkOwnAddress(place.at("address"), family);
  const gateway = place.at("gateway");
  if (gateway.isAbsent && !family.isGatewayNeeded) return;
  const text = gateway.string(
    family.router,
    (given) => family.is(given) && !given.includes("%"),
    (given) => {
      if (given.includes("%")) return "leave the zone away: the device says where it is";
      return parseSubnet(given) === undefined ? undefined : "leave the prefix length away";
    },
  );
  if (text !== undefined && subnet !== undefined) checkGateway(gateway, text, subnet);
}

function checkOwnAddress(field: Field, { is, expected, prefixes: [min, max], special }: Family): Subnet | undefined {
  const subnetOf = (text: string) => {
    const subnet = parseSubnet(text);
    return subnet !== undefined && is(subnet.address) ? subnet : undefined;
  };
  const text = field.string(
    expected,
    (given) => subnetOf(given) !== undefined,
    (given) => (is(given) ? `did you mean "${given}/${is === isIPv4 ? 24 : 64}"?` : undefined),
  );
  const subnet = text === undefined ? undefined : subnetOf(text);
  if (subnet === undefined) return undefined;
  const { address, prefix } = subnet;
  const unfit = special.find(([network]) => contains(parseSubnet(network) ?? subnet, address));
  const role = roleIn(subnet, address);
  if (prefix < min || prefix > max) field.fail(`a prefix length from ${min} to ${max}`);
  else if (unfit !== undefined) field.fail("an address of the Pi in its network", unfit[1]);
  else if (role !== undefined)
    field.fail("an address of the Pi in its network", `with /${prefix}, that is the network's ${NAMES[role]}`);
  else return subnet;
  return undefined;
}

const NAMES = { network: "own address", broadcast: "broadcast address" } as const;

function checkGateway(field: Field, gateway: string, subnet: Subnet): void {
  const role = roleIn(subnet, gateway);
  const isLinkLocal = isIPv6(gateway) && contains({ address: "fe80::", prefix: 10 }, gateway);
  if (isLinkLocal) return;
  if (!contains(subnet, gateway))
    field.fail(`a router in the Pi's own network, that of ${subnet.address}/${subnet.prefix}`);
  else if (canonicalAddress(gateway) === subnet.address) field.fail("the router's address", "that is the Pi's own");
  else if (role !== undefined) field.fail("the router's address", `that is the network's ${NAMES[role]}`);
}

function checkNameServers(dns: Field, hasIpv6: boolean): void {
  const servers = dns.items('a list of IP addresses, such as ["192.168.1.1"]');
  const seen = new Set<unknown>();
  for (const server of servers) {
    checkAddress(server);
    const subnet = typeof server.value === "string" ? subnetOf(server.value) : undefined;
    if (subnet !== undefined && isNobodys(subnet))
      server.fail("the address of a name server", "that is no host's address");
    else if (seen.has(server.value)) server.fail("each name server once");
    else if (typeof server.value === "string" && isIPv6(server.value) && !hasIpv6)
      server.fail("an IPv4 address, since there is no `ipv6`");
    if (!server.isUnknown) seen.add(server.value);
  }
  if (servers.length > 3) dns.mistake("at most 3 name servers: the resolver asks no more", `${servers.length}`);
}

/** The address without its prefix length, of text that was checked before. */
export function bareAddress(text: string): string {
  return canonicalAddress(text.split("/")[0] ?? text);
}
