import { isIP } from "node:net";

import { Field, isObject } from "../core/field";
import { type Holders, holdersOf, otherHolder, ownersOf } from "../core/Holders";
import type { Subject } from "../core/Refusal";
import { knownNow } from "../core/Shape";
import { canonicalAddress } from "../tls/names";

const networks = new WeakMap<Holders, string | undefined>();

/**
 * The network that a host's address and name mean something in: that of the bastion which leads there, `host:port`; else "", our own.
 * Undefined while that is not known. A host is what it was when it was first asked about.
 *
 * @param args - Where it says how it is reached.
 */
export function networkOf(host: unknown, args = host): string | undefined {
  if (!isObject(host)) return undefined;
  const owners = ownersOf(host);
  if (!networks.has(owners)) networks.set(owners, bastionIn(new Field(knownNow(args)).at("connection").at("proxy")));
  return networks.get(owners);
}

function bastionIn(proxy: Field): string | undefined {
  if (proxy.isAbsent) return "";
  const [host, port] = [proxy.at("host").value, proxy.at("port").value ?? 22];
  return typeof host === "string" && typeof port === "number" ? `${host}:${port}` : undefined;
}

/** Takes an address or a name in a host's network; gives who has it already, if that is another. */
export function otherInNetwork(holders: Holders, thing: string, host: unknown, subject: Subject): Subject | undefined {
  const network = networkOf(host);
  return network === undefined ? undefined : otherHolder(holders, `${network} ${thing}`, subject);
}

/** Who has an address or a name in a host's network. */
export function holderInNetwork(holders: Holders, thing: string, host: unknown): Subject | undefined {
  return holders.get(`${networkOf(host) ?? "?"} ${thing}`);
}

/** Addresses that components give to Pis of the program that runs. */
export function givenAddresses(): Holders {
  return holdersOf("address");
}

/**
 * Finds a Pi that is to be reached at its address although a StaticIp of the program gives it another. A name may follow it. Tells
 * nothing before that component is made.
 */
export function checkMoved(given: Field, host: object, subject: Subject): void {
  const mover = ownersOf(host).get("StaticIp");
  const { value } = given.at("connection").at("host");
  if (mover === undefined || mover.resource === subject.resource) return;
  if (typeof value !== "string" || isIP(value) === 0) return;
  const addresses = givenAddresses();
  const own = [...addresses.keys()].filter((key) => addresses.get(key)?.resource === mover.resource);
  if (own.length > 0 && !own.includes(`${networkOf(host) ?? ""} ${canonicalAddress(value)}`))
    given.mistake(
      `the Pi where the StaticIp "${mover.name}" moves it`,
      "the one where it was before",
      "give the `host` of that StaticIp, such as lan.host",
    );
}

/** Those of the program that runs, each by the address that its connection leads to. */
export function pisByAddress(): Holders {
  return holdersOf("RaspberryPi");
}
