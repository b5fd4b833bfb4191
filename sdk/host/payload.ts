import { createHash } from "node:crypto";

import type { DesiredState } from "./desired";
import { entryScript, hostScripts } from "./scripts";
import { tar } from "./tar";

/** What the command line on the Pi says: the rest, secrets included, comes by standard input. */
export const APPLY = "sh -s apply";
export const REMOVE = "sh -s remove";

/**
 * The standard input of APPLY and REMOVE: the shell files, and the desired state with all its files. It holds secrets.
 *
 * @param suite - The Debian release the host must have; any supported one when left out.
 */
export function payload(desired: DesiredState, suite?: string): string {
  const files = generationFiles(desired);
  const archive = tar([
    ...Object.entries(hostScripts()).map(([name, content]) => ({ name, content })),
    { name: "state", content: stateText({ ...desired, files }, suite) },
    ...files.map(({ path, content }) => ({ name: `files/${path}`, content })),
  ]);
  const lines = archive.toString("base64").replace(/.{76}/g, "$&\n");
  return `${entryScript()}\npayload() {\n  base64 -d <<'END'\n${lines}\nEND\n}\nmain "$@"\nexit\n`;
}

function generationFiles({ files, scripts }: DesiredState): DesiredState["files"] {
  const hooks = Object.entries(scripts).map(([path, content]) => ({
    path,
    content,
    mode: "0644",
    owner: "root",
    group: "root",
  }));
  return [...files, ...hooks].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * The desired state as lines that a shell reads: a kind, then its words. Secrets are in the files only.
 *
 * @throws Error when a value holds a control character: a line feed would make it a line of its own.
 */
function stateText(desired: DesiredState, suite: string | undefined): string {
  const lines = [
    `concept ${desired.concept}`,
    `component ${desired.component}`,
    `identity ${desired.identity}`,
    `root ${desired.root}`,
    ...(suite === undefined ? [] : [`suite ${suite}`]),
    ...desired.packages.map((name) => `package ${name}`),
    ...desired.units.map((name) => `unit ${name}`),
    ...desired.links.map(({ path, target }) => `link ${path} ${target}`),
    ...desired.files.map(({ path, mode, owner, group }) => `file ${mode} ${owner} ${group} ${path}`),
  ];
  const torn = lines.find((line) => /\p{Cc}/u.test(line));
  if (torn !== undefined) throw new Error(`the desired state holds a control character: ${JSON.stringify(torn)}`);
  const digest = createHash("sha256").update(JSON.stringify([lines, desired.files.map((f) => f.content)]));
  return [...lines, `digest ${digest.digest("hex").slice(0, 12)}`, ""].join("\n");
}
