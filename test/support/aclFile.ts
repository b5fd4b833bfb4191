/** A line of an ACL file as mosquitto 2.0 reads it. */
export interface AclLine {
  readonly keyword: "topic" | "pattern";
  /** Whose block it stands in; undefined for anonymous clients and for patterns. */
  readonly user: string | undefined;
  readonly access: string;
  readonly topic: string;
}

/** Reads an ACL file by the rules of mosquitto's own parser (src/security_default.c of 2.0), without looking at ours. */
export function parseAcl(text: string): AclLine[] {
  const lines: AclLine[] = [];
  let user: string | undefined;
  for (const raw of text.split("\n")) {
    const line = raw.replace(/\0.*$/s, "").replace(/[ \t\n\v\f\r]+$/, "");
    if (line.startsWith("#") || line === "") continue;
    const [keyword = "", ...words] = line.replace(/^ +/, "").split(" ");
    const rest = words.join(" ").replace(/^ +/, "");
    if (keyword === "user") user = rest;
    else if (keyword === "topic" || keyword === "pattern")
      lines.push(ruleLine(keyword, keyword === "topic" ? user : undefined, rest));
    else throw new Error(`mosquitto exits on the line ${JSON.stringify(line)}`);
  }
  return lines;
}

function ruleLine(keyword: AclLine["keyword"], user: string | undefined, rest: string): AclLine {
  const space = rest.indexOf(" ");
  if (space < 0) return { keyword, user, access: "readwrite", topic: rest };
  const access = rest.slice(0, space);
  if (!["read", "write", "readwrite", "deny"].includes(access))
    throw new Error(`invalid topic access type ${JSON.stringify(access)}`);
  return { keyword, user, access, topic: rest.slice(space + 1).replace(/^ +/, "") };
}

/** Whether mosquitto 2.0 lets a client do this: denials before permissions, the user's lines before patterns. */
export function mayAccess(
  lines: readonly AclLine[],
  user: string | undefined,
  clientId: string,
  topic: string,
  to: "read" | "write",
): boolean {
  const own = lines.filter((l) => l.keyword === "topic" && l.user === user);
  const patterns = lines
    .filter((l) => l.keyword === "pattern" && (user !== undefined || !l.topic.includes("%u")))
    .map((l) => ({ ...l, topic: l.topic.replaceAll("%u", user ?? "").replaceAll("%c", clientId) }));
  return verdict(own, topic, to) ?? verdict(patterns, topic, to) ?? false;
}

function verdict(lines: readonly AclLine[], topic: string, to: "read" | "write"): boolean | undefined {
  const hits = lines.filter((line) => isMatch(line.topic, topic));
  if (hits.some((line) => line.access === "deny")) return false;
  return hits.some((line) => line.access === to || line.access === "readwrite") ? true : undefined;
}

function isMatch(filter: string, topic: string): boolean {
  if (topic.startsWith("$") !== filter.startsWith("$")) return false;
  const levels = topic.split("/");
  const parts = filter.split("/");
  const hash = parts.indexOf("#");
  const fixed = hash < 0 ? parts : parts.slice(0, hash);
  const isLongEnough = hash < 0 ? levels.length === parts.length : levels.length >= fixed.length;
  return isLongEnough && fixed.every((part, i) => part === "+" || part === levels[i]);
}
