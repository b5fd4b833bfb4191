import { isIPv6 } from "node:net";

import type { Field } from "../core/field";
import { isNobodys, parseSubnet, roleIn, type Subnet, subnetOf } from "../network/subnet";
import { canonicalAddress } from "../tls/names";

const EXPECTED = 'a network or an address, such as "192.168.1.0/24" or "fd00::/64"';

/** Reads networks and addresses that may come to a port. */
export function checkSources(from: Field): Subnet[] {
  const seen = new Map<string, Subnet>();
  for (const source of from.items('a list of networks, such as ["192.168.1.0/24"]')) {
    const text = source.string(EXPECTED, isSource, fixOf);
    if (text === undefined) continue;
    const name = sourceOf(text);
    const subnet = subnetOf(text);
    if (seen.has(name)) source.fail("each network once");
    if (subnet !== undefined) seen.set(name, subnet);
  }
  if (Array.isArray(from.value) && from.value.length === 0)
    from.mistake("at least one network", "none", "leave the list away to let everyone in");
  return [...seen.values()];
}

function isSource(text: string): boolean {
  const subnet = subnetOf(text);
  if (subnet === undefined || subnet.prefix === 0 || isNobodys(subnet)) return false;
  return isHost(subnet.address, subnet.prefix) || roleIn(subnet, subnet.address) === "network";
}

function fixOf(text: string): string | undefined {
  const subnet = subnetOf(text);
  if (subnet === undefined) return undefined;
  if (subnet.prefix === 0 || EVERYONE.includes(subnet.address)) return "leave the list away to let everyone in";
  if (isNobodys(subnet)) return "nothing comes from there: that is multicast, or no host's address";
  return "the part after the network's prefix has to be zero";
}

/** As the addresses of a socket that listens everywhere. */
const EVERYONE = ["0.0.0.0", "::"];

/** As ufw spells it: an address without its prefix when that is all of it. */
export function sourceOf(text: string): string {
  const subnet = parseSubnet(text);
  if (subnet === undefined) return canonicalAddress(text);
  return isHost(subnet.address, subnet.prefix) ? subnet.address : `${subnet.address}/${subnet.prefix}`;
}

function isHost(address: string, prefix: number): boolean {
  return prefix === (isIPv6(address) ? 128 : 32);
}
