import * as pulumi from "@pulumi/pulumi";

import { UNKNOWN } from "./field";

/**
 * The value where its shape must be known at once, so that resources can be taken out of it. What has no shape yet, and a
 * resource in place of its arguments, is left as a symbol that says what came: a mistake for every reader of a Field.
 */
export function shapeOf<T>(value: T): T {
  const came = pulumi.Output.isInstance(value)
    ? "an Output"
    : value instanceof Promise
      ? "a Promise"
      : pulumi.Resource.isInstance(value)
        ? `a ${value.constructor.name}`
        : undefined;
  return came === undefined ? value : (Symbol(came) as T);
}

/** Changes each element of a list, also those that are Outputs. */
export function eachOf<T, U>(list: readonly T[], change: (item: T) => U): U[] {
  const shape = shapeOf(list);
  if (!Array.isArray(shape)) return shape as never;
  return shape.map((item: T) =>
    isEventual(item) ? (pulumi.output(item).apply((value) => change(value as T)) as U) : change(item),
  );
}

/** Whether a value comes later. */
export function isEventual(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}

/** What is known while the program runs, UNKNOWN in place of all else. */
export function knownNow(value: unknown): unknown {
  if (isEventual(value)) return UNKNOWN;
  if (pulumi.Resource.isInstance(value)) return shapeOf(value);
  if (Array.isArray(value)) return value.map(knownNow);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, knownNow(v)]));
}
