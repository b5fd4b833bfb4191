import type { Field } from "../core/field";
import { Access, type RuleSpec } from "./access";
import { covers, overlaps } from "./filters";

interface KnownRule {
  readonly field: Field;
  readonly spec: RuleSpec;
}

/** Advises on rules that have no effect beside the others. */
export function adviseOnRules(fields: readonly Field[]): void {
  const rules = fields.filter(isKnown).map((field): KnownRule => ({ field, spec: field.value as RuleSpec }));
  const place = new Map(rules.map((rule, i) => [rule, i]));
  const isBefore = (a: KnownRule, b: KnownRule) => (place.get(a) ?? 0) < (place.get(b) ?? 0);
  const neighbours = neighboursOf(rules, isBefore);
  rules.forEach((rule) => {
    const others = neighbours(rule).filter(
      (other) => other !== rule && (isBefore(other, rule) || !isSame(other.spec, rule.spec)),
    );
    const stronger = others.find((other) => makesNeedless(other.spec, rule.spec));
    if (stronger !== undefined) rule.field.advise(needless(rule, stronger));
    else if (rule.spec.access === Access.Deny && !others.some((other) => isTouched(other.spec, rule.spec)))
      rule.field.advise("denies what no rule allows; it has no effect");
  });
}

/**
 * The rules that a rule has to do with, in order. One about a user has nothing to do with other users', so that the cost of a
 * thousand rules for a thousand users is not that of a million.
 */
function neighboursOf(
  rules: readonly KnownRule[],
  isBefore: (a: KnownRule, b: KnownRule) => boolean,
): (rule: KnownRule) => readonly KnownRule[] {
  const groups = new Map<string, KnownRule[]>();
  for (const rule of rules) {
    const group = groups.get(who(rule.spec));
    if (group === undefined) groups.set(who(rule.spec), [rule]);
    else group.push(rule);
  }
  const forAll = rules.filter(({ spec }) => spec.user == null);
  return ({ spec }) =>
    spec.user == null ? rules : [...(groups.get(who(spec)) ?? []), ...forAll].sort((a, b) => (isBefore(a, b) ? -1 : 1));
}

function isKnown({ value }: Field): boolean {
  if (typeof value !== "object" || value === null) return false;
  const rule = value as Record<string, unknown>;
  return (
    typeof rule["topic"] === "string" &&
    typeof rule["access"] === "string" &&
    Object.values(rule).every((v) => typeof v !== "symbol")
  );
}

function needless(rule: KnownRule, { field, spec }: KnownRule): string {
  if (isSame(rule.spec, spec)) return `says the same as ${field.path}`;
  if (rule.spec.access !== Access.Deny && spec.access === Access.Deny)
    return `never has an effect: ${field.path} denies ${JSON.stringify(spec.topic)}, and deny wins`;
  return `adds nothing to ${field.path}, which already ${spec.access === Access.Deny ? "denies" : "allows"} ${JSON.stringify(spec.topic)}`;
}

function isSame(a: RuleSpec, b: RuleSpec): boolean {
  return who(a) === who(b) && a.access === b.access && a.topic === b.topic;
}

function makesNeedless(strong: RuleSpec, weak: RuleSpec): boolean {
  const reaches = who(strong) === who(weak) || (strong.everyone === true && weak.user != null);
  const grants = strong.access === Access.Deny || strong.access === Access.ReadWrite || strong.access === weak.access;
  return (
    reaches &&
    grants &&
    !(weak.access === Access.Deny && strong.access !== Access.Deny) &&
    covers(topicFor(strong, weak), weak.topic)
  );
}

function isTouched(allow: RuleSpec, deny: RuleSpec): boolean {
  const meet =
    who(allow) === who(deny) ||
    (allow.anonymous !== true && deny.anonymous !== true && (allow.everyone === true || deny.everyone === true));
  return meet && allow.access !== Access.Deny && overlaps(topicFor(allow, deny), topicFor(deny, allow));
}

/** The topic of `rule` for the user that `other` is about. */
function topicFor({ topic }: RuleSpec, other: RuleSpec): string {
  return other.user == null ? topic : topic.replaceAll("%u", other.user);
}

function who({ user, everyone }: RuleSpec): string {
  return user != null ? `user ${user}` : everyone === true ? "everyone" : "anonymous";
}
