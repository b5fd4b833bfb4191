import * as pulumi from "@pulumi/pulumi";

import { type Field, isObject } from "./field";
import type { Subject } from "./Refusal";

/** Who has each thing of a kind, of which a program has one each: an address, a name. */
export type Holders = Map<string, Subject>;

const programs = new WeakMap<object, Map<string, Holders>>();

/** Those of the program that runs. By its monitor: a process may run one program after the other. */
export function holdersOf(kind: string): Holders {
  const program = pulumi.runtime.getMonitor() ?? {};
  const kinds = programs.get(program) ?? new Map<string, Holders>();
  programs.set(program, kinds);
  const holders = kinds.get(kind) ?? new Map<string, Subject>();
  kinds.set(kind, holders);
  return holders;
}

/** Takes a thing; gives who has it already, if that is another. */
export function otherHolder(holders: Holders, thing: string, subject: Subject): Subject | undefined {
  const holder = holders.get(thing) ?? subject;
  holders.set(thing, holder);
  return holder.resource === subject.resource ? undefined : holder;
}

const owners = new WeakMap<object, Holders>();

/** Who has what of a host, of which it has one each: its network, its firewall. A host is known by its object. */
export function ownersOf(host: object): Holders {
  const known = owners.get(host) ?? new Map<string, Subject>();
  owners.set(host, known);
  return known;
}

/** Another object that is the same host, such as that at its new address. */
export function shareOwners(host: object, same: object): void {
  owners.set(same, ownersOf(host));
}

/** Finds a second component of a kind for one host. */
export function checkSecond(field: Field, host: unknown, subject: Subject): void {
  if (!isObject(host)) return;
  const owner = otherHolder(ownersOf(host), subject.kind, subject);
  if (owner !== undefined)
    field.mistake(`a Pi that has no ${subject.kind} yet`, `that of the ${subject.kind} "${owner.name}"`);
}
