import * as pulumi from "@pulumi/pulumi";

import { Field, isObject } from "./field";
import { refusal, type Subject } from "./Refusal";
import { type Findings, withoutSecrets } from "./Secrets";
import { knownNow, shapeOf } from "./Shape";
import { warn } from "./Tell";

/**
 * Checks arguments twice: at once for all that is known while the program runs, and again when every Output has
 * resolved. Only the result of `build` on checked values is passed on, so nothing unchecked can reach a host.
 *
 * Advice is logged on the resource as warnings, each once. Nothing that is secret is told, neither in them nor in errors.
 *
 * @throws pulumi.ResourceError with every mistake, at once or when the returned Output is awaited.
 */
export function validated<A extends object, M>(
  subject: Subject,
  args: A,
  check: (args: Field) => void,
  build: (args: pulumi.Unwrap<A>) => M,
): pulumi.Output<M> {
  tell(subject, findingsIn(knownNow(shapeOf(args)), check));
  return pulumi.output(args).apply(async (resolved) => {
    tell(subject, await withoutSecrets(findingsIn(resolved, check), args, resolved));
    return build(resolved);
  });
}

function findingsIn(value: unknown, check: (args: Field) => void): Findings {
  const root = new Field(value);
  check(root);
  const texts = new Field(value);
  checkTexts(texts);
  const paths = texts.found.map(({ path }) => path);
  return { found: [...texts.found, ...root.found.filter(({ path }) => !paths.includes(path))], advice: root.advice };
}

/** What each resource was advised, some of whose arguments are checked twice: by themselves and among all. */
const advised = new WeakMap<pulumi.Resource, Set<string>>();

function tell(subject: Subject, findings: Findings): void {
  const told = advised.get(subject.resource) ?? new Set();
  advised.set(subject.resource, told);
  if (findings.found.length > 0) throw refusal(subject, findings.found);
  for (const advice of findings.advice.map(({ path, text }) => (path === "" ? text : `${path}: ${text}`))) {
    if (told.has(advice)) continue;
    told.add(advice);
    void warn(subject.resource, advice);
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
