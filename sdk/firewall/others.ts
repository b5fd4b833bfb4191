import type { ConceptSeen } from "../host/look/observation";

/** What a report calls a rule of somebody else's: `other allow 80/tcp` -> `kept`. */
const OTHER = "other ";

/** Rules of somebody else's in a report. */
export function keptRules(facts: Readonly<Record<string, string>>): string[] {
  return Object.keys(facts).flatMap((key) => (key.startsWith(OTHER) ? [key.slice(OTHER.length)] : []));
}

/** What a preview says of rules that are not the component's. */
export function remarks({ facts }: ConceptSeen): string[] {
  const rules = facts["others"]?.split("; ") ?? [];
  return rules.length === 0 ? [] : [`rules of others, which stay: ${rules.join("; ")}`];
}
