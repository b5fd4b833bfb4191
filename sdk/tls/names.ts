import { isIP } from "node:net";

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
    (text) =>
      isIP(text.replace(/\/[0-9]+$/, "")) === 0
        ? undefined
        : `leave the prefix length away: ${JSON.stringify(text.replace(/\/[0-9]+$/, ""))}`,
  );
}
