import { isIP, isIPv6 } from "node:net";

import type { Field } from "../core/field";

const LABEL = /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/;

/** A DNS name as it may stand in a certificate: letters, digits and hyphens between dots. No wildcards. */
export function isHostname(text: string): boolean {
  return text.length <= 253 && isIP(text) === 0 && text.split(".").every((label) => LABEL.test(label));
}

/** Reads DNS names. */
export function checkHostnames(names: Field): void {
  for (const name of names.items())
    name.string('a DNS name such as "mqtt-pi.local"', isHostname, (text) =>
      isIP(text) === 0 ? undefined : "put IP addresses in `addresses`",
    );
}

/** Reads IPv4 and IPv6 addresses. */
export function checkAddresses(addresses: Field): void {
  for (const address of addresses.items()) checkAddress(address);
}

/** Reads one IPv4 or IPv6 address. */
export function checkAddress(address: Field): void {
  address.string(
    'an IP address such as "192.168.1.80"',
    (text) => isIP(text) !== 0 && !text.includes("%"),
    (text) => {
      const bare = text.replace(/\/[0-9]+$/, "");
      if (text.includes("%") && isIP(text) !== 0)
        return "a zone (%eth0) means nothing on another machine; use an address without one, or a name";
      return isIP(bare) === 0 ? undefined : `leave the prefix length away: ${JSON.stringify(bare)}`;
    },
  );
}

/** The usual spelling of an IP address: "::" for "0::0". */
export function canonicalAddress(address: string): string {
  return isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

/** Whether an IP address is one of the machine's own loopback. */
export function isLoopback(address: string): boolean {
  return /^127(\.[0-9]{1,3}){3}$/.test(address) || (isIPv6(address) && canonicalAddress(address) === "::1");
}
