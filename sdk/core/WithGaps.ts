import * as pulumi from "@pulumi/pulumi";

import { GAP } from "./gap";

/** What an Output is made of; `apply` shows neither what is known of a value in part, nor whether it is secret. */
interface Inner<T> {
  promise(withUnknowns: true): Promise<pulumi.Unwrap<T>>;
}

/** A value as far as a preview knows it: {@link GAP} in place of what it does not know. Secrets are unwrapped. */
export async function withGaps<T>(value: T): Promise<pulumi.Unwrap<T>> {
  const resolved = await (pulumi.output(value) as unknown as Inner<T>).promise(true);
  return filled(resolved) as pulumi.Unwrap<T>;
}

function filled(value: unknown): unknown {
  if (pulumi.isUnknown(value)) return GAP;
  if (Array.isArray(value)) return value.map(filled);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner)]));
}
