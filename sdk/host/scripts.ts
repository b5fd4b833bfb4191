import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOTS } from "./roots";

/** The shell files of a folder, by name. Each goes to each Pi and is kept in state, so comments, a third of them, stay here. */
export function readScripts(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sh"));
  return Object.fromEntries(
    names.sort().map((name) => [name, withoutComments(readFileSync(join(folder, name), "utf8"))]),
  );
}

function withoutComments(script: string): string {
  return script.replace(/^[ \t]*#(?!!).*\n/gm, "");
}

const {
  "entry.sh": entry = "",
  "observe.sh": observe = "",
  "confirm.sh": confirm = "",
  ...scripts
} = readScripts(join(__dirname, "shell"));

const hooks = readScripts(join(__dirname, "shell/hooks"));
const { "words.sh": words = "" } = hooks;

/** The script that unpacks a payload on the Pi and runs it. */
export const entryScript = (): string => entry;

/** The shell files of the transaction itself. */
export const hostScripts = (): Readonly<Record<string, string>> => scripts;

/** For the hooks of every concept, which source it: how they tell and wait. */
export const hookWords = (): Readonly<Record<string, string>> => ({ "words.sh": words });

/** The same, and what concepts need that are changed apart from the connection. */
export const hookScripts = (): Readonly<Record<string, string>> => hooks;

/** The whole of what is run to look at a host: it reads only, and holds nothing of anybody's. */
export function observeScript(): string {
  const roots = Object.entries(ROOTS).map(([concept, root]) => `${concept}:${root}`);
  return [scripts["describe.sh"], scripts["earlier.sh"], `roots='${roots.join(" ")}'`, observe].join("\n");
}

/** What is run over the new connection to a host that waits for it: see confirm.sh for its arguments. */
export const confirmScript = (): string => confirm;
