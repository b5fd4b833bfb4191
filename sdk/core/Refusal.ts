import type * as pulumi from "@pulumi/pulumi";

import { formatIssues, type Issue } from "./issue";
import { failure } from "./Tell";

/** A component whose arguments are being checked: the resource, its kind and its name, for the error. */
export interface Subject {
  readonly resource: pulumi.Resource;
  readonly kind: string;
  readonly name: string;
}

const refusals = new WeakMap<pulumi.Resource, { readonly error: Error; readonly told: ReadonlySet<string> }>();

/**
 * The error for mistakes, without those of the same resource that an earlier error has told: the one before where it has
 * told them all, since the engine prints each error once.
 */
export function refusal({ resource, kind, name }: Subject, found: readonly Issue[]): Error {
  const earlier = refusals.get(resource);
  const fresh = found.filter((issue) => !earlier?.told.has(JSON.stringify(issue)));
  if (earlier !== undefined && fresh.length === 0) return earlier.error;
  const text = formatIssues(kind, name, fresh);
  const error = failure(resource, text);
  refusals.set(resource, { error, told: new Set([...(earlier?.told ?? []), ...fresh.map((i) => JSON.stringify(i))]) });
  return error;
}
