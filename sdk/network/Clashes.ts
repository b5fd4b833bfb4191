import type { Field } from "../core/field";
import { type Holders, ownersOf } from "../core/Holders";
import type { Subject } from "../core/Refusal";
import { holderInNetwork, otherInNetwork } from "../host/Places";
import type { Host } from "../host/RaspberryPi";
import { bareAddress } from "./model";

const EXPECTED = "an address that no other Pi of this program has";

/** Finds an address that another component of the program has. */
export function checkClash(address: Field, holders: Holders, host: Host, subject: Subject): void {
  if (typeof address.value !== "string") return;
  const holder = otherInNetwork(holders, bareAddress(address.value), host, subject);
  if (holder !== undefined) address.fail(EXPECTED, `the StaticIp "${holder.name}" has it`);
}

/** Finds an address that another Pi of the program is reached at, unless it moves. Tells nothing before all are made. */
export function checkTaken(address: Field, pis: Holders, host: Host): void {
  const pi = typeof address.value === "string" ? holderInNetwork(pis, bareAddress(address.value), host) : undefined;
  if (pi === undefined) return;
  const owners = ownersOf(pi.resource);
  if (owners !== ownersOf(host) && !owners.has("StaticIp"))
    address.fail(EXPECTED, `the RaspberryPi "${pi.name}" is reached there`);
}
