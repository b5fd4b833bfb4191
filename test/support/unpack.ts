import { gunzipSync } from "node:zlib";

/** The files that the standard input of a host's command carries, by path in its archive. */
export function unpack(stdin: string): ReadonlyMap<string, string> {
  const base64 = /base64 -d <<'END'\n([A-Za-z0-9+/=\n]+)\nEND/.exec(stdin)?.[1];
  if (base64 === undefined) throw new Error("no archive in the standard input");
  const archive = gunzipSync(Buffer.from(base64, "base64"));
  const files = new Map<string, string>();
  for (let at = 0; archive[at] !== 0;) {
    const name = archive.toString("utf8", at, at + 100).replace(/\0.*$/s, "");
    const size = Number.parseInt(archive.toString("ascii", at + 124, at + 135), 8);
    files.set(name, archive.toString("utf8", at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
