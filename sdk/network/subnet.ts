import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";

import { canonicalAddress } from "../tls/names";

/** An address and the network that it is in. */
export interface Subnet {
  /** In its usual spelling. */
  readonly address: string;
  /** Length of the network's prefix, in bits. */
  readonly prefix: number;
}

/** Reads `192.168.1.80/24` or `fd00::80/64`; undefined when it is neither. */
export function parseSubnet(text: string): Subnet | undefined {
  const [, address = "", length = ""] = /^([^/%]+)\/([0-9]{1,3})$/.exec(text) ?? [];
  const prefix = Number(length);
  if (isIP(address) === 0 || prefix > bits(address)) return undefined;
  return { address: canonicalAddress(address), prefix };
}

/** Reads the same, or an address alone: the network that has nothing but it. */
export function subnetOf(text: string): Subnet | undefined {
  return parseSubnet(isIP(text) === 0 ? text : `${text}/${bits(text)}`);
}

/** The usual spelling of an address with or without the length of a prefix; other text stays as it is. */
export function canonical(text: string): string {
  const subnet = parseSubnet(text);
  return subnet === undefined ? canonicalAddress(text) : `${subnet.address}/${subnet.prefix}`;
}

/** Whether an address is in the network. */
export function contains({ address, prefix }: Subnet, other: string): boolean {
  if (isIP(address) !== isIP(other)) return false;
  const list = new BlockList();
  list.addSubnet(address, prefix, family(address));
  return list.check(other, family(other));
}

/** Whether a network is the other one, or a part of it. */
export function isWithin({ address, prefix }: Subnet, other: Subnet): boolean {
  return prefix >= other.prefix && contains(other, address);
}

/** Whether no packet comes from there, as from multicast: no host has such an address. */
export function isNobodys(subnet: Subnet): boolean {
  return NOBODYS.some((network) => isWithin(subnet, network));
}

const NOBODYS = ["0.0.0.0/8", "224.0.0.0/3", "::/128", "ff00::/8"].flatMap((text) => parseSubnet(text) ?? []);

/** What an address of a network is when it is no host's: its first, and of IPv4 also its last. */
export function roleIn({ address, prefix }: Subnet, other: string): "network" | "broadcast" | undefined {
  const [number, size] = [value(other), 2n ** BigInt(bits(address) - prefix)];
  if (number % size === 0n) return "network";
  return isIPv4(address) && number % size === size - 1n ? "broadcast" : undefined;
}

function bits(address: string): number {
  return isIPv6(address) ? 128 : 32;
}

function family(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}

function value(address: string): bigint {
  if (isIPv4(address)) return address.split(".").reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const [head = [], tail = []] = canonicalAddress(address)
    .split("::")
    .map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(8 - head.length - tail.length).fill("0");
  return [...head, ...zeros, ...tail].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}
