import type { DesiredState } from "./desired";
import { generationFiles, generationState } from "./generation";
import { entryScript, hostScripts } from "./scripts";
import { tar } from "./tar";

/** What the command line on the Pi says: the rest, secrets included, comes by standard input. */
export const APPLY = "sh -s apply";
export const REMOVE = "sh -s remove";

/**
 * The standard input of APPLY and REMOVE: the shell files, and the desired state with all its files. It holds secrets.
 *
 * @param id - What the host is to remember of this run, and to be asked for before the next: see drift.ts.
 * @param suite - The Debian release the host must have; any supported one when left out.
 */
export function payload(desired: DesiredState, id: string, suite?: string): string {
  const archive = tar([
    ...Object.entries(hostScripts()).map(([name, content]) => ({ name, content })),
    { name: "state", content: generationState(desired, suite).text },
    { name: "id", content: `${id}\n` },
    ...generationFiles(desired).map(({ path, content }) => ({ name: `files/${path}`, content })),
  ]);
  const lines = archive.toString("base64").replace(/.{76}/g, "$&\n");
  return `${entryScript()}\npayload() {\n  base64 -d <<'END'\n${lines}\nEND\n}\nmain "$@"\nexit\n`;
}
