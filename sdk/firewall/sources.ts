import { isIP, isIPv6 } from "node:net";

import type { Field } from "../core/field";
import { parseSubnet, roleIn } from "../network/subnet";
import { canonicalAddress } from "../tls/names";

const EXPECTED = 'a network or an address, such as "192.168.1.0/24" or "fd00::/64"';

/** Reads networks and addresses that may come to a port. */
export function checkSources(from: Field): void {
  const seen = new Set<string>();
  for (const source of from.items('a list of networks, such as ["192.168.1.0/24"]')) {
    const text = source.string(EXPECTED, isSource, fixOf);
    if (text === undefined) continue;
    const name = sourceOf(text);
    if (seen.has(name)) source.fail("each network once");
    seen.add(name);
  }
  if (Array.isArray(from.value) && from.value.length === 0)
    from.mistake("at least one network", "none", "leave `from` away to let everyone in");
}

function isSource(text: string): boolean {
  if (isIP(text) !== 0) return !text.includes("%");
  const subnet = parseSubnet(text);
  if (subnet === undefined || subnet.prefix === 0) return false;
  return isHost(subnet.address, subnet.prefix) || roleIn(subnet, subnet.address) === "network";
}

function fixOf(text: string): string | undefined {
  const subnet = parseSubnet(text);
  if (subnet === undefined) return undefined;
  if (subnet.prefix === 0) return "leave `from` away to let everyone in";
  return "the part after the network's prefix has to be zero";
}

/** As ufw spells it: an address without its prefix when that is all of it. */
export function sourceOf(text: string): string {
  const subnet = parseSubnet(text);
  if (subnet === undefined) return canonicalAddress(text);
  return isHost(subnet.address, subnet.prefix) ? subnet.address : `${subnet.address}/${subnet.prefix}`;
}

function isHost(address: string, prefix: number): boolean {
  return prefix === (isIPv6(address) ? 128 : 32);
}
