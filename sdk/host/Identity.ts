import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import type { Subject } from "../core/Refusal";
import type { Identity } from "./owner";

/**
 * With a random seed, in the state: a component that is renamed with an alias keeps it, and no other stack has the same, whatever
 * it is called.
 */
export function identityOf({ resource, name }: Subject): { readonly [K in keyof Identity]: pulumi.Input<string> } {
  const { b64Std } = new random.RandomId(`${name}-identity`, { byteLength: 8 }, { parent: resource });
  return { seed: b64Std, component: `${pulumi.getProject()}/${pulumi.getStack()}/${name}` };
}
