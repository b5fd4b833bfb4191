/** Lines as a text, each ended. */
export function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
