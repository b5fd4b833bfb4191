import { isHostname } from "./names";

/** Whether a DNS name is one that public authorities certify by ACME: a name with a dot, or all below one: `*.example.org`. */
export function isDomain(text: string): boolean {
  const name = text.startsWith("*.") ? text.slice(2) : text;
  return isHostname(name) && name.includes(".");
}

/** Whether a certificate for a domain is good for a DNS name: the star stands for one label. */
export function isDomainOf(domain: string, name: string): boolean {
  const [wanted, given] = [name.toLowerCase(), domain.toLowerCase()];
  return given.startsWith("*.") ? wanted.slice(wanted.indexOf(".")) === given.slice(1) : wanted === given;
}
