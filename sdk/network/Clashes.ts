import { type Field, isObject } from "../core/field";
import { type Holders, otherHolder } from "../core/Holders";
import type { Subject } from "../core/Refusal";
import type { Host } from "../host/RaspberryPi";
import { bareAddress } from "./model";

/** Finds an address that another component of the program has. */
export function checkClash(address: Field, holders: Holders, subject: Subject): void {
  if (typeof address.value !== "string") return;
  const holder = otherHolder(holders, bareAddress(address.value), subject);
  if (holder !== undefined)
    address.fail("an address that no other Pi of this program has", `the StaticIp "${holder.name}" has it`);
}

const owners = new WeakMap<Host, Subject>();

/** Finds a second component for one Pi: its network has one owner. */
export function checkSecond(field: Field, host: Host, subject: Subject): void {
  if (!isObject(host)) return;
  const owner = owners.get(host) ?? subject;
  owners.set(host, owner);
  if (owner.resource !== subject.resource)
    field.mistake("a Pi that has no StaticIp yet", `that of the StaticIp "${owner.name}"`);
}
