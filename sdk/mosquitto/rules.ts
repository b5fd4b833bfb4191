import type { Field } from "../core/field";
import { covers, overlaps } from "./filters";
import { checkTopicFilter } from "./topic";
import { checkKnownUser, checkUsername } from "./users";

/** What a rule allows or forbids. */
export const Access = {
  /** Receive messages. */
  Read: "read",
  /** Publish messages. */
  Write: "write",
  /** Receive and publish. */
  ReadWrite: "readwrite",
  /** Neither; wins over all rules that allow it. */
  Deny: "deny",
} as const;
export type Access = (typeof Access)[keyof typeof Access];

/** One rule, as plain data: who may do what on which topics. Exactly one of `user`, `everyone`, `anonymous` is given. */
export interface RuleSpec {
  /** The user it is about. */
  readonly user?: string | undefined;
  /** About all users, never anonymous clients. `%u` in the topic is the user name, `%c` the client id. */
  readonly everyone?: boolean | undefined;
  /** About clients that give no user name. The broker needs `allowAnonymous: true`. */
  readonly anonymous?: boolean | undefined;
  /** What it allows or forbids. What no rule allows is forbidden. */
  readonly access: Access;
  /** Topic filter: `+` is one level, `#` all that follow. */
  readonly topic: string;
  /** Set for what an AclRule has advised on already. */
  readonly advised?: boolean | undefined;
}

/** Checks one rule by itself. */
export function checkRule(rule: Field): void {
  if (!rule.object("an AclRule, or an object with `user`, `access` and `topic`")) return;
  rule.onlyKeys(["user", "everyone", "anonymous", "access", "topic", "advised"]);
  checkWho(rule);
  rule.at("access").oneOf(Object.values(Access));
  checkTopicFilter(rule.at("topic"), rule.at("advised").isAbsent);
  checkPlaceholders(rule);
}

function checkWho(rule: Field): void {
  const user = rule.at("user").given();
  if (user !== undefined) checkUsername(user);
  rule.at("everyone").given()?.boolean();
  rule.at("anonymous").given()?.boolean();
  const who = ["user", "everyone", "anonymous"].filter((key) => !rule.at(key).isAbsent && rule.at(key).value !== false);
  if (who.length !== 1 && !who.some((key) => rule.at(key).isUnknown))
    rule.mistake(
      "exactly one of `user`, `everyone: true` and `anonymous: true`",
      who.length === 0 ? "none" : who.map((key) => `\`${key}\``).join(" and "),
    );
}

function checkPlaceholders(rule: Field): void {
  const topic = rule.at("topic");
  if (typeof topic.value !== "string") return;
  const isForAll = rule.at("everyone").value === true;
  if (/%[uc]/.test(topic.value) && !isForAll && !rule.at("everyone").isUnknown)
    topic.fail(
      "a topic filter without %u and %c, which only rules for everyone know",
      "say `everyone: true`, or write the name",
    );
  if (!isForAll || !topic.value.includes("%c")) return;
  if (rule.at("access").value === Access.Deny)
    topic.fail(
      "no %c in a rule that denies: mosquitto would let rules of a user win over it",
      "use %u, or deny it to each `user`",
    );
  else if (rule.at("advised").isAbsent)
    topic.advise("a client id (%c) is whatever the client says it is: any user can take another's; use %u");
}

/** Checks the rules of a broker: each by itself, and against its users. */
export function checkRules(rules: readonly Field[], usernames: readonly string[] | undefined, anonymous: Field): void {
  for (const rule of rules) {
    checkRule(rule);
    checkKnownUser(rule.at("user"), usernames);
    if (rule.at("anonymous").value === true) checkAnonymousRule(rule, anonymous);
    if (anonymous.value === true) checkClientIdRule(rule);
  }
  adviseOnRules(rules);
}

function checkAnonymousRule(rule: Field, anonymous: Field): void {
  if (anonymous.value !== true && !anonymous.isUnknown)
    rule.at("anonymous").mistake("`allowAnonymous: true` in the broker's arguments", "a rule for anonymous clients");
  const { access, topic } = { access: rule.at("access").value, topic: rule.at("topic") };
  if (
    (access === Access.Write || access === Access.ReadWrite) &&
    typeof topic.value === "string" &&
    /^[#+$]/.test(topic.value)
  )
    topic.fail("a topic of their own for anonymous writers", "let them write to a fixed first level only");
}

/** A pattern with only %c would reach anonymous clients, who have a client id too. */
function checkClientIdRule(rule: Field): void {
  const { value } = rule.at("topic");
  if (rule.at("everyone").value === true && typeof value === "string" && value.includes("%c") && !value.includes("%u"))
    rule.at("topic").fail("%u beside %c, since `allowAnonymous` is true and anonymous clients have a client id too");
}

interface KnownRule {
  readonly field: Field;
  readonly spec: RuleSpec;
}

/** Advises on rules that have no effect beside the others. */
function adviseOnRules(fields: readonly Field[]): void {
  const rules = fields.filter(isKnown).map((field): KnownRule => ({ field, spec: field.value as RuleSpec }));
  rules.forEach((rule, i) => {
    const others = rules.filter((other, j) => j < i || (j > i && !isSame(other.spec, rule.spec)));
    const stronger = others.find((other) => makesNeedless(other.spec, rule.spec));
    if (stronger !== undefined) rule.field.advise(needless(rule, stronger));
    else if (rule.spec.access === Access.Deny && !others.some((other) => isTouched(other.spec, rule.spec)))
      rule.field.advise("denies what no rule allows; it has no effect");
  });
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
