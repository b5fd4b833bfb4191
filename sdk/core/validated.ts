import * as pulumi from "@pulumi/pulumi";

import { Field, isObject, UNKNOWN } from "./field";
import { formatIssues, type Issue } from "./issue";

/** A component whose arguments are being checked: the resource, its kind and its name, for the error. */
export interface Subject {
  readonly resource: pulumi.Resource;
  readonly kind: string;
  readonly name: string;
}

/**
 * Checks arguments twice: at once for all that is known while the program runs, and again when every Output has
 * resolved. Only the result of `build` on checked values is passed on, so nothing unchecked can reach a host.
 *
 * Advice is logged on the resource as warnings, each once.
 *
 * @throws pulumi.ResourceError with every mistake, at once or when the returned Output is awaited.
 */
export function validated<A extends object, M>(
  subject: Subject,
  args: A,
  check: (args: Field) => void,
  build: (args: pulumi.Unwrap<A>) => M,
): pulumi.Output<M> {
  const told = new Set<string>();
  refuseMistakes(subject, knownNow(shapeOf(args)), check, told);
  return pulumi.output(args).apply((resolved) => {
    refuseMistakes(subject, resolved, check, told);
    return build(resolved);
  });
}

function refuseMistakes(subject: Subject, value: unknown, check: (args: Field) => void, told: Set<string>): void {
  const root = new Field(value);
  check(root);
  const texts = new Field(value);
  checkTexts(texts);
  const paths = texts.found.map(({ path }) => path);
  const found = [...texts.found, ...root.found.filter(({ path }) => !paths.includes(path))];
  if (found.length > 0) throw refusal(subject, found);
  for (const advice of root.advice.map(({ path, text }) => (path === "" ? text : `${path}: ${text}`))) {
    if (told.has(advice)) continue;
    told.add(advice);
    void pulumi.log.warn(advice, subject.resource);
  }
}

/** Finds Outputs that were put into a text: JavaScript asks them for text, and gets an explanation. */
function checkTexts(field: Field): void {
  const { value } = field;
  if (typeof value === "string" && value.includes("Calling [toString] on an [Output"))
    field.mistake("text", "text around an Output", "write pulumi.interpolate before the template string");
  else if (Array.isArray(value)) field.items().forEach(checkTexts);
  else if (isObject(value) && !pulumi.Resource.isInstance(value))
    for (const key of Object.keys(value)) checkTexts(field.at(key));
}

const refusals = new WeakMap<pulumi.Resource, { readonly error: Error; readonly told: ReadonlySet<string> }>();

/**
 * The error for mistakes, without those of the same resource that an earlier error has told: the one before where it has
 * told them all, since the engine prints each error once. Its text can't be changed, since the runtime would put "error
 * serializing property" before what comes to light late, and it is its own stack, since the runtime prints either.
 */
function refusal({ resource, kind, name }: Subject, found: readonly Issue[]): Error {
  const earlier = refusals.get(resource);
  const fresh = found.filter((issue) => !earlier?.told.has(JSON.stringify(issue)));
  if (earlier !== undefined && fresh.length === 0) return earlier.error;
  const text = formatIssues(kind, name, fresh);
  const error = new pulumi.ResourceError(text, resource, true);
  Object.defineProperties(error, { message: { get: () => text, set: () => undefined }, stack: { value: text } });
  refusals.set(resource, { error, told: new Set([...(earlier?.told ?? []), ...fresh.map((i) => JSON.stringify(i))]) });
  return error;
}

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

function isEventual(value: unknown): boolean {
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
