import * as pulumi from "@pulumi/pulumi";

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
