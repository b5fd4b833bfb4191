/** Whether a certificate for a domain is good for a DNS name: the star stands for one label. */
export function isDomainOf(domain: string, name: string): boolean {
  const [wanted, given] = [name.toLowerCase(), domain.toLowerCase()];
  return given.startsWith("*.") ? wanted.slice(wanted.indexOf(".")) === given.slice(1) : wanted === given;
}
