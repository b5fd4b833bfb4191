import { createHash } from "node:crypto";

import { visible } from "../core/visible";
import { type DesiredState, openFile } from "./desired";

/** The files of a generation, the concept's scripts among them. */
export function generationFiles({ files, scripts }: DesiredState): DesiredState["files"] {
  const hooks = Object.entries(scripts).map(([path, content]) => openFile(path, content, "nothing"));
  return [...files, ...hooks].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * A drop-in that does not hang on the live generation, for a unit that has a drop-in there: without one, it must not start on what
 * its package brought.
 */
function failClosed(unit: string, { concept, links }: DesiredState): DesiredState["links"] {
  const folder = `/etc/systemd/system/${unit}.d/`;
  if (!links.some(({ path }) => path.startsWith(folder))) return [];
  const target = `/var/lib/pulumi-mosquitto-pi/${concept}/fail-closed.conf`;
  return [{ path: `${folder}00-pulumi-mosquitto-pi.conf`, target }];
}

/**
 * The desired state as lines that a shell reads: a kind, then its words. Secrets are in the files only. And its digest, which
 * the name of the generation ends with.
 *
 * @throws Error when a value holds a control character: a line feed would make it a line of its own.
 */
export function generationState(desired: DesiredState): { readonly text: string; readonly digest: string } {
  const files = generationFiles(desired);
  const lines = [
    `concept ${desired.concept}`,
    `component ${desired.component}`,
    `identity ${desired.identity}`,
    `root ${desired.root}`,
    ...(desired.suite === undefined ? [] : [`suite ${desired.suite}`]),
    ...desired.packages.map((name) => `package ${name}`),
    ...(desired.upgrade === undefined ? [] : [`upgrade ${desired.upgrade}`]),
    ...desired.units.map((name) => `unit ${name}`),
    ...[...desired.links, ...desired.units.flatMap((unit) => failClosed(unit, desired))].map(
      ({ path, target }) => `link ${path} ${target}`,
    ),
    ...files.map(({ path, mode, owner, group }) => `file ${mode} ${owner} ${group} ${path}`),
    ...files.flatMap(({ path, shown }) => (shown === "content" ? [`open ${path}`] : [])),
  ];
  const torn = lines.find((line) => /\p{Cc}/u.test(line));
  if (torn !== undefined)
    throw new Error(`the desired state holds a control character: ${visible(JSON.stringify(torn))}`);
  const hash = createHash("sha256").update(JSON.stringify([lines, files.map((f) => f.content)]));
  const digest = hash.digest("hex").slice(0, 12);
  return { text: [`digest ${digest}`, ...lines, ""].join("\n"), digest };
}
