import { Access, type RuleSpec } from "./access";
import { CANARY } from "./canary";
import { barrier } from "./strangers";

/**
 * The ACL file. Within a user's lines a deny wins over every other rule, but a `pattern deny` loses against a user's
 * allow, and mosquitto warns of a pattern without placeholder. So only rules that allow and hold a placeholder become
 * patterns; other rules for everyone are written out for each user. What everyone is denied is said once more to clients
 * that only patterns reach: those whose certificate outlived their user.
 *
 * @param revoked - Users who may do nothing: a certificate of theirs from before a renewal may still let them in.
 * @param canaryTopic - What the canary may publish to.
 */
export function renderAcl(
  usernames: readonly string[],
  rules: readonly RuleSpec[],
  {
    revoked = [],
    canaryTopic,
  }: { readonly revoked?: readonly string[]; readonly canaryTopic?: string | undefined } = {},
): string {
  const patterns = rules.filter(isPattern);
  const forEveryone = rules.filter((rule) => rule.everyone === true && !isPattern(rule));
  const denials = forEveryone.filter((rule) => rule.access === Access.Deny);
  const barriers = patterns.flatMap((allow) => denials.map((deny) => barrier(allow.topic, deny.topic)));
  const strangers = barriers.flatMap((b) => (b?.kind === "name" && !usernames.includes(b.name) ? [b.name] : []));
  return sections([
    rules.filter((rule) => rule.anonymous === true).map((rule) => line("topic", rule.access, rule.topic)),
    ...usernames.map((name) => block(name, [...rules.filter((rule) => rule.user === name), ...forEveryone])),
    ...(canaryTopic === undefined ? [] : [[`user ${CANARY}`, line("topic", Access.Write, canaryTopic)]]),
    ...[...new Set(strangers)].filter((name) => !revoked.includes(name)).map((name) => block(name, denials)),
    ...revoked.map((name) => block(name, NOTHING)),
    [
      ...patterns.map((rule) => line("pattern", rule.access, rule.topic)),
      ...new Set(barriers.flatMap((b) => (b?.kind === "pattern" ? [line("pattern", Access.Deny, b.topic)] : []))),
    ],
  ]);
}

/** `#` is all but what starts with a dollar sign. */
const NOTHING: readonly RuleSpec[] = ["#", "$SYS/#"].map((topic) => ({ everyone: true, access: Access.Deny, topic }));

function isPattern({ everyone, access, topic }: RuleSpec): boolean {
  return everyone === true && access !== Access.Deny && /%[uc]/.test(topic);
}

function block(name: string, rules: readonly RuleSpec[]): string[] {
  const lines = rules.map((rule) => line("topic", rule.access, rule.topic.replaceAll("%u", name)));
  return lines.length === 0 ? [] : [`user ${name}`, ...new Set(lines)];
}

function line(keyword: string, access: Access, topic: string): string {
  return `${keyword} ${access} ${topic}`;
}

function sections(blocks: readonly (readonly string[])[]): string {
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}
