/** Whether every topic that matches `inner` also matches `outer`. Both are correct topic filters. */
export function covers(outer: string, inner: string): boolean {
  // Every topic has a first level, so `+/#` is no less than `#`.
  const levels = outer === "+/#" ? ["#"] : outer.split("/");
  return coversLevels(levels, inner.split("/")) && !(startsWithWildcard(outer) && inner.startsWith("$"));
}

function coversLevels(outer: readonly string[], inner: readonly string[]): boolean {
  for (const [i, level] of outer.entries()) {
    if (level === "#") return true;
    const other = inner[i];
    if (other === undefined || other === "#") return false;
    if (level !== "+" && level !== other) return false;
  }
  return outer.length === inner.length;
}

/** Whether some topic matches both. `%u` and `%c` may stand for anything within their level. */
export function overlaps(a: string, b: string): boolean {
  if ((startsWithWildcard(a) && b.startsWith("$")) || (startsWithWildcard(b) && a.startsWith("$"))) return false;
  return overlapsLevels(a.split("/"), b.split("/"));
}

function overlapsLevels([a, ...restA]: readonly string[], [b, ...restB]: readonly string[]): boolean {
  if (a === "#" || b === "#") return true;
  // `x/#` matches `x` itself.
  if (a === undefined) return b === undefined;
  if (b === undefined) return false;
  if (!(isOpen(a) || isOpen(b) || a === b)) return false;
  return overlapsLevels(restA, restB);
}

/** What two overlapping filters have in common; a level with placeholder gives way to a word of `filter`. */
export function meet(pattern: string, filter: string): string {
  return meetLevels(pattern.split("/"), filter.split("/")).join("/");
}

function meetLevels([a, ...restA]: readonly string[], [b, ...restB]: readonly string[]): string[] {
  if (a === undefined || b === undefined) return [];
  if (a === "#") return [b, ...restB];
  if (b === "#") return [a, ...restA];
  return [b !== "+" && isOpen(a) ? b : a, ...meetLevels(restA, restB)];
}

function isOpen(level: string): boolean {
  return level === "+" || /%[uc]/.test(level);
}

/** MQTT 4.7.2: a filter that starts with a wildcard does not match topics that start with `$`. */
function startsWithWildcard(filter: string): boolean {
  return /^[#+]/.test(filter);
}
