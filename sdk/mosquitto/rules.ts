import type { Field } from "../core/field";
import { Access } from "./access";
import { adviseOnRules } from "./ruleAdvice";
import { barrier } from "./strangers";
import { checkTopicFilter } from "./topic";
import { checkKnownUser, checkUsername } from "./users";

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
  checkDenials(rules);
  adviseOnRules(rules);
}

function checkDenials(rules: readonly Field[]): void {
  const forEveryone = rules.filter(
    (rule) => rule.at("everyone").value === true && typeof rule.at("topic").value === "string",
  );
  const topicOf = (rule: Field) => rule.at("topic").value as string;
  const isDenial = (rule: Field) => rule.at("access").value === Access.Deny;
  const patterns = forEveryone.filter((rule) => !isDenial(rule) && /%[uc]/.test(topicOf(rule)));
  for (const deny of forEveryone.filter((rule) => isDenial(rule) && !topicOf(rule).includes("%c"))) {
    const allow = patterns.find((rule) => barrier(topicOf(rule), topicOf(deny))?.kind === "unsayable");
    if (allow !== undefined)
      deny
        .at("topic")
        .fail(
          `+ or # where ${allow.path} has %c: clients that are no user could not be denied it`,
          "deny it to each `user`, or let the other rule say %u",
        );
  }
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
