import { gzipSync } from "fflate";

import type { DesiredState } from "./desired";
import { generationFiles, generationState } from "./generation";
import { entryScript, hostScripts } from "./scripts";
import { type Entry, tar, tarStart } from "./tar";

/** What the command line on the Pi says: the rest, secrets included, comes by standard input. */
export const APPLY = "sh -s apply";
export const REMOVE = "sh -s remove";
/** The same as APPLY, but it returns when the host waits to be confirmed: see arrive.ts. */
export const CHANGE = "sh -s change";
/** Gives the report of what is deployed already. */
export const REPORT = "sh -s report";

/**
 * The standard input of APPLY and REMOVE: the shell files, and the desired state with all its files. It holds secrets.
 *
 * @param idOf - Gives, for the digest of the desired state, what the host is to remember of this run, and to be asked for before
 * the next: see nextId.ts.
 */
export function payload(desired: DesiredState, idOf: (digest: string) => string): string {
  const { text, digest } = generationState(desired);
  const archive = Buffer.concat([
    scriptsArchive(desired),
    gzip(
      tar([
        { name: "state", content: text },
        { name: "id", content: `${idOf(digest)}\n` },
        ...stagedFiles({ ...desired, scripts: {} }),
      ]),
    ),
  ]);
  const lines = archive.toString("base64").replace(/.{76}/g, "$&\n");
  return `${entryScript()}\npayload() {\n  base64 -d <<'END'\n${lines}\nEND\n}\nmain "$@"\nexit\n`;
}

/** By what they hold: Pulumi hands on copies of objects. */
const packed = new Map<string, Uint8Array>();

/** The shell files are the same for every host of a program: they are packed once, and gzip reads one archive after the other. */
function scriptsArchive(desired: DesiredState): Uint8Array {
  const key = JSON.stringify(desired.scripts);
  const known = packed.get(key);
  if (known !== undefined) return known;
  const archive = gzip(
    tarStart([
      ...Object.entries(hostScripts()).map(([name, content]) => ({ name, content })),
      ...stagedFiles({ ...desired, files: [] }),
    ]),
  );
  packed.set(key, archive);
  return archive;
}

/** Files of the generation, with the owner and mode that they are to have when `stage` in generation.sh unpacks them. */
function stagedFiles(desired: DesiredState): Entry[] {
  return generationFiles(desired).map((file) => ({ ...file, name: `files/${file.path}` }));
}

/** The same bytes on every computer, which Node's own zlib does not promise. */
function gzip(bytes: Buffer): Uint8Array {
  return gzipSync(bytes, { mtime: 0 });
}
