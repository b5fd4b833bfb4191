import * as pulumi from "@pulumi/pulumi";

import type { Field } from "../core/field";
import type { Subject } from "../core/Refusal";
import { bareAddress } from "./model";

/** Whose each fixed address of a program is. By the program's monitor: a process may run one program after the other. */
const holders = new WeakMap<object, Map<string, Subject>>();

/** Finds an address that another component of the program has. */
export function checkClash(address: Field, subject: Subject): void {
  const monitor = pulumi.runtime.getMonitor();
  if (monitor === undefined || typeof address.value !== "string") return;
  const known = holders.get(monitor) ?? new Map<string, Subject>();
  holders.set(monitor, known);
  const bare = bareAddress(address.value);
  const holder = known.get(bare) ?? subject;
  known.set(bare, holder);
  if (holder.resource !== subject.resource)
    address.fail("an address that no other Pi of this program has", `the StaticIp "${holder.name}" has it`);
}
