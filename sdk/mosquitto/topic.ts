import type { Field } from "../core/field";

/** MQTT's limit for a topic, in UTF-8 bytes. */
const MAX_BYTES = 65535;

/** Reads an MQTT topic filter, and if `advise` is set advises on what is allowed but rarely meant. */
export function checkTopicFilter(field: Field, advise: boolean): void {
  if (field.isUnknown) return;
  const topic = field.value;
  if (typeof topic !== "string") {
    field.fail('a topic filter such as "home/+/temperature"');
    return;
  }
  const mistake = topicMistake(topic);
  if (mistake !== undefined) field.fail(mistake.expected, mistake.fix);
  else if (advise) for (const advice of topicAdvice(topic)) field.advise(advice);
}

/** What makes `topic` no topic filter by the MQTT specification (or unsafe in an ACL file), or undefined. */
export function topicMistake(topic: string): { readonly expected: string; readonly fix?: string } | undefined {
  if (topic === "") return { expected: "a topic filter of at least one character", fix: 'all topics are "#"' };
  if (/[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u.test(topic))
    return { expected: "a topic filter without control characters (they would start a new line of the ACL file)" };
  if (topic.trim() !== topic)
    return {
      expected: "a topic filter without blanks at its ends",
      fix: `did you mean ${JSON.stringify(topic.trim())}?`,
    };
  if (Buffer.byteLength(topic) > MAX_BYTES) return { expected: `a topic filter of at most ${MAX_BYTES} bytes` };
  return wildcardMistake(topic);
}

function wildcardMistake(topic: string): { readonly expected: string; readonly fix: string } | undefined {
  const levels = topic.split("/");
  const last = levels.length - 1;
  const fix = () =>
    `did you mean ${JSON.stringify(levels.flatMap((level, i) => mendLevel(level, i === last)).join("/"))}?`;
  if (levels.some((level, i) => level === "#" && i < last))
    return { expected: "a topic filter with `#` only as the last level", fix: fix() };
  if (levels.some((level) => level.length > 1 && /[#+]/.test(level)))
    return { expected: "a topic filter with `#` and `+` only as whole levels", fix: fix() };
  return undefined;
}

function mendLevel(level: string, isLast: boolean): string[] {
  if (level === "#") return [isLast ? "#" : "+"];
  if (level === "+" || !/[#+]/.test(level)) return [level];
  const word = /^([^#+]+)#$/.exec(level)?.[1];
  return isLast && word !== undefined ? [word, "#"] : ["+"];
}

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/\s/, "a blank in a topic is easily mistyped; use - or _"],
  [/(?!%[uc])\p{Lu}/u, "upper case in a topic is easily mistyped: topics are case-sensitive"],
  [/^\//, "the leading slash makes an empty first level; leave it away"],
  [/^#$/, "`#` is every topic but the $SYS ones; name the topics that are needed"],
  [/^\$SYS/, "$SYS topics tell about the broker and all its clients"],
  [/^\$CONTROL/, "$CONTROL topics control the broker's plugins"],
  [/^\$share\//, "a shared subscription is checked by the topic after its group; leave $share/<group>/ away"],
  [/\*/, "`*` is no wildcard in MQTT; `+` is one level, `#` all that follow"],
  [/\\/, "levels are separated by /, not by a backslash"],
];

/** What is odd about a correct topic filter. */
export function topicAdvice(topic: string): string[] {
  return ADVICE.filter(([odd]) => odd.test(topic)).map(([, text]) => `${JSON.stringify(topic)}: ${text}`);
}
