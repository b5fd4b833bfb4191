import { Access, type RuleSpec } from "./access";

/**
 * The ACL file. Within a user's lines a deny wins over every other rule, but a `pattern deny` loses against a user's
 * allow, and a pattern without placeholder also reaches anonymous clients. So only rules that allow and hold a placeholder
 * become patterns; other rules for everyone are written out for each user.
 */
export function renderAcl(usernames: readonly string[], rules: readonly RuleSpec[]): string {
  const patterns = rules.filter(isPattern);
  const forEveryone = rules.filter((rule) => rule.everyone === true && !isPattern(rule));
  const blocks = usernames.map((username) => {
    const own = rules.filter((rule) => rule.user === username);
    const lines = [...own, ...forEveryone].map((rule) =>
      line("topic", rule.access, rule.topic.replaceAll("%u", username)),
    );
    return lines.length === 0 ? [] : [`user ${username}`, ...new Set(lines)];
  });
  return sections([
    rules.filter((rule) => rule.anonymous === true).map((rule) => line("topic", rule.access, rule.topic)),
    ...blocks,
    patterns.map((rule) => line("pattern", rule.access, rule.topic)),
  ]);
}

function isPattern({ everyone, access, topic }: RuleSpec): boolean {
  return everyone === true && access !== Access.Deny && /%[uc]/.test(topic);
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
