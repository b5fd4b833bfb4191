import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const repository = resolve(__dirname, "../..");

/** A fenced block of code: what stands after its fence, and where it is. */
export interface Block {
  readonly info: string;
  readonly text: string;
  readonly page: string;
  readonly line: number;
}

/** The Markdown files of the working tree, new ones included, by their paths from the repository's root. */
export function pages(...specs: string[]): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", ...specs];
  return execFileSync("git", args, { cwd: repository, encoding: "utf8" }).split("\n").filter(Boolean).sort();
}

export function read(page: string): string {
  return readFileSync(join(repository, page), "utf8");
}

/** The code blocks of a page. */
export function blocks(page: string): Block[] {
  const found: (Block & { lines: string[] })[] = [];
  let open: (typeof found)[number] | undefined;
  read(page)
    .split("\n")
    .forEach((line, i) => {
      const fence = /^ *```(.*)$/.exec(line)?.[1];
      if (fence === undefined) open?.lines.push(line);
      else if (open !== undefined) open = undefined;
      else found.push((open = { info: fence.trim(), text: "", page, line: i + 1, lines: [] }));
    });
  return found.map(({ lines, ...block }) => ({ ...block, text: lines.join("\n") }));
}

/** The error texts that a page quotes, by the word that all of ours have: `… expected …`. */
export function quotedErrors(page: string): string[] {
  const text = read(page).replace(/^ *```[^]*?^ *```$/gm, "");
  const spans = Array.from(text.matchAll(/`([^`]+)`/g), (match) => (match[1] ?? "").replace(/\s+/g, " "));
  return spans.filter((span) => /\bexpected /.test(span));
}

/** A page without its code, fenced or inline. */
function prose(page: string): string {
  return read(page)
    .replace(/^ *```[^]*?^ *```$/gm, "")
    .replace(/`[^`\n]*`/g, "");
}

/** The targets of a page's links. */
export function links(page: string): string[] {
  return Array.from(prose(page).matchAll(/\]\(([^()\s]+)\)/g), (match) => match[1] ?? "");
}

/** The anchors that a page's headings have on GitHub. */
export function anchors(page: string): string[] {
  const text = read(page).replace(/^ *```[^]*?^ *```$/gm, "");
  return Array.from(text.matchAll(/^#+ (.*)$/gm), (match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
