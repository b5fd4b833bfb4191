/** Characters of a line that a person reads. */
const MOST_CHARACTERS = 1000;

/**
 * A text for people that may hold words of a host's or of a user's: control characters could do anything to a terminal,
 * `<{%` is how Pulumi's own output starts a colour (it panics when there is no such one), and a line could have no end.
 */
export function visible(text: string): string {
  return text
    .replace(/(?![\t\n])\p{C}/gu, "?")
    .replaceAll("<{%", "<{ %")
    .split("\n")
    .map((line) => (line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line))
    .join("\n");
}
