import { createHash } from "node:crypto";

import type { DesiredState, Shown } from "../desired";
import { generationFiles } from "../generation";
import { all, type ConceptSeen, type Observation } from "./observation";
import { count, unifiedDiff, visible } from "./words";

/** A file of the live generation that will not be the same. */
export interface FileChange {
  /** Relative to the generation: `conf.d/tls.conf`. */
  readonly path: string;
  readonly kind: "new" | "changed" | "gone";
  readonly shown: Shown;
  /** Where it is shown, in whole or summed up: how. */
  readonly diff: readonly string[];
}

/** Says what making changes live will take: `reload: 14 connected clients stay`. */
export type Foresee = (changed: readonly string[], wanted: DesiredState, seen: ConceptSeen) => string;

/** What `pulumi up` would do to a host, in words; nothing when it would do nothing. */
export function planLines(host: string, observation: Observation, wanted: DesiredState, foresee: Foresee): string[] {
  const seen = observation.concepts.get(wanted.concept);
  if (seen?.id === undefined) return [`plan for ${host}: ${firstWords(observation, wanted, seen !== undefined)}`];
  const changes = fileChanges(wanted, seen);
  const told = changes.filter(({ shown }) => shown !== "nothing");
  const parts = [
    ...installs(wanted.packages.flatMap((name) => missing(seen, name))),
    ...(told.length > 0 ? [`${count(told.length, "file")} ${told.length === 1 ? "changes" : "change"}`] : []),
    ...(changes.length > 0 && told.length === 0 ? ["only the SDK's own files change"] : []),
  ];
  if (parts.length === 0 && seen.drift.length === 0) return [];
  const paths = changes.map(({ path }) => path);
  return [
    `plan for ${host}: ${[...parts, foresee(paths, wanted, seen)].filter((words) => words !== "").join(", then ")}`,
    ...told.flatMap(changeLines),
  ];
}

function firstWords(observation: Observation, wanted: DesiredState, isForgotten: boolean): string {
  return [
    isForgotten
      ? "what was deployed there is not known any more: all of it is set up again"
      : "nothing of ours is there yet (a new or newly flashed Pi)",
    ...installs(wanted.packages.filter((name) => !observation.installed.has(name))),
    `writes ${count(wanted.files.length, "file")}`,
    ...(wanted.units.length === 0 ? [] : [`starts ${wanted.units.join(", ")}`]),
  ].join("; ");
}

function installs(packages: readonly string[]): string[] {
  return packages.length === 0 ? [] : [`installs ${packages.join(", ")}`];
}

/** A host tells the state of those packages only that were deployed to it. */
function missing({ manifest, now, downgraded }: ConceptSeen, name: string): string[] {
  const isInstalled = all(now, `package ${name}`).some((status) => status.startsWith("installed "));
  if (isInstalled && !downgraded.includes(name)) return [];
  return [all(manifest, `package ${name}`).length === 0 ? `${name} unless it is there` : name];
}

function changeLines({ path, kind, shown, diff }: FileChange): string[] {
  const unseen = shown !== "content" ? "secret" : "in what is not shown: a secret, or the end of a line";
  const secret = diff.length === 0 && kind !== "gone" ? `: changes (${unseen})` : "";
  return [
    `  ${visible(path)}${{ new: " (new)", gone: " (goes away)", changed: "" }[kind]}${secret}`,
    ...diff.map((line) => `    ${line}`),
  ];
}

/** The files whose content will be another, by path. */
export function fileChanges(wanted: DesiredState, seen: ConceptSeen): FileChange[] {
  const live = new Map(all(seen.now, "bytes").map((line) => [line.slice(line.indexOf(" ") + 3), line.split(" ")[0]]));
  const files = generationFiles(wanted);
  const paths = new Set(files.map(({ path }) => path));
  const open = files.filter(({ shown }) => shown === "content");
  // Where a program holds secrets that files show, nothing is told of them, neither by the program nor by the host.
  const [isOpen, wasOpen] = [open.length > 0, open.some(({ path }) => seen.texts.has(path))];
  const gone = [...live.keys()].filter((path) => !paths.has(path) && path !== "state");
  return [
    ...files.flatMap((file): FileChange[] => {
      const { path, shown } = file;
      const kind = live.has(path) ? "changed" : "new";
      const before = kind === "new" ? "" : (seen.texts.get(path) ?? "");
      if (live.get(path) === sha256(file.content) || (file.summary !== undefined && file.summary === before)) return [];
      if (shown === "summary" && wasOpen) return [{ path, kind, shown, diff: unifiedDiff(before, file.summary ?? "") }];
      if (shown === "summary") return [{ path, kind, shown: "name", diff: [] }];
      return [{ path, kind, shown, diff: shown === "content" ? unifiedDiff(before, file.content) : [] }];
    }),
    ...gone.map((path): FileChange => {
      const before = isOpen && wasOpen ? seen.texts.get(path) : undefined;
      const shown = path.endsWith(".sh") ? "nothing" : before === undefined ? "name" : "content";
      return { path, kind: "gone", shown, diff: unifiedDiff(before ?? "", "") };
    }),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function sha256(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}
