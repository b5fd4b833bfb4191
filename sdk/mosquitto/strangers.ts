import { meet, overlaps } from "./filters";

/** What keeps a denied topic from clients that are no user of the broker. */
export type Barrier =
  | { readonly kind: "pattern"; readonly topic: string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "unsayable" };

/**
 * How to deny a topic to a client whose certificate is right but whose CN is no user (any more): only patterns allow it
 * anything, and no user's lines deny it anything. Mosquitto warns of a pattern without placeholder, and a warning fails the
 * trial broker; so such a denial is written as what it has in common with the pattern that allows: `devices/%u/cmd` for
 * `devices/%u/#` and `devices/+/cmd`. Where that leaves no placeholder, one name alone can meet it, and gets a block.
 *
 * @param allow - Topic of a pattern.
 * @param deny - Topic that is denied to everyone; knows no %c.
 * @returns "unsayable" where it would have to name a client id; undefined where the two never meet.
 */
export function barrier(allow: string, deny: string): Barrier | undefined {
  if (!overlaps(allow, deny)) return undefined;
  const both = deny.includes("%u") ? deny : meet(allow, deny);
  return /%[uc]/.test(both) ? { kind: "pattern", topic: both } : namedBarrier(allow.split("/"), deny.split("/"));
}

function namedBarrier(allow: readonly string[], deny: readonly string[]): Barrier | undefined {
  const names = allow.flatMap((level, i) =>
    level.includes("%u") && !level.includes("%c") ? [nameIn(level, deny[i] ?? "")] : [],
  );
  const [name] = names;
  if (names.length === 0) return { kind: "unsayable" };
  if (name === undefined || new Set(names).size > 1) return undefined;
  // Mosquitto trims the names of the ACL file.
  return name === name.trim() ? { kind: "name", name } : { kind: "unsayable" };
}

/** The name that makes `template`, whose every %u is the same name, into `literal`. */
function nameIn(template: string, literal: string): string | undefined {
  const parts = template.split("%u");
  const start = parts[0]?.length ?? 0;
  const length = (literal.length - parts.join("").length) / (parts.length - 1);
  const name = literal.slice(start, start + length);
  return name !== "" && parts.join(name) === literal ? name : undefined;
}
