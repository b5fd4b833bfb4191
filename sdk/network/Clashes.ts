import * as pulumi from "@pulumi/pulumi";

import { type Field, isObject } from "../core/field";
import type { Subject } from "../core/Refusal";
import type { Host } from "../host/RaspberryPi";
import { bareAddress } from "./model";

/** Whose each fixed address of a program is. */
export type Holders = Map<string, Subject>;

const programs = new WeakMap<object, Holders>();

/** Those of the program that runs. By its monitor: a process may run one program after the other. */
export function holdersOfProgram(): Holders {
  const program = pulumi.runtime.getMonitor() ?? {};
  const holders = programs.get(program) ?? new Map<string, Subject>();
  programs.set(program, holders);
  return holders;
}

/** Finds an address that another component of the program has. */
export function checkClash(address: Field, holders: Holders, subject: Subject): void {
  if (typeof address.value !== "string") return;
  const bare = bareAddress(address.value);
  const holder = holders.get(bare) ?? subject;
  holders.set(bare, holder);
  if (holder.resource !== subject.resource)
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
