import * as pulumi from "@pulumi/pulumi";

import { GAP } from "./gap";

/** What an Output is made of; `apply` shows neither what is known of a value in part, nor whether it is secret. */
interface Inner<T> {
  readonly isKnown: Promise<boolean>;
  promise(withUnknowns: true): Promise<pulumi.Unwrap<T>>;
}

/** A value as far as a preview knows it: {@link GAP} in place of what it does not know. Secrets are unwrapped. */
export async function withGaps<T>(value: T): Promise<pulumi.Unwrap<T>> {
  const resolved = await (pulumi.output(value) as unknown as Inner<T>).promise(true);
  return filled(resolved) as pulumi.Unwrap<T>;
}

/** A value when all of it is known, and there was no mistake on the way. */
export async function ifKnown<T>(value: pulumi.Output<T>): Promise<pulumi.Unwrap<T> | undefined> {
  const inner = value as unknown as Inner<T>;
  try {
    return (await inner.isKnown) ? await inner.promise(true) : undefined;
  } catch {
    return undefined;
  }
}

function filled(value: unknown): unknown {
  if (pulumi.isUnknown(value)) return GAP;
  if (Array.isArray(value)) return value.map(filled);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner)]));
}
