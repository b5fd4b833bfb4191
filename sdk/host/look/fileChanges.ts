import { createHash } from "node:crypto";

import type { DesiredState, Shown } from "../desired";
import { generationFiles } from "../generation";
import { all, type ConceptSeen } from "./observation";
import { unifiedDiff } from "./words";

/** A file of the live generation that will not be the same. */
export interface FileChange {
  /** Relative to the generation: `conf.d/tls.conf`. */
  readonly path: string;
  readonly kind: "new" | "changed" | "gone";
  readonly shown: Shown;
  /** Where it is shown, in whole or summed up: how. */
  readonly diff: readonly string[];
}

/** Lines of one file's diff that a person reads, in a pull request with other files and other Pis. */
const MOST_LINES = 50;

/** The files whose content will be another, by path; all of them where nothing is live. */
export function fileChanges(wanted: DesiredState, seen: ConceptSeen): FileChange[] {
  const live = digests(seen.now);
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
      if (shown === "summary" && (wasOpen || kind === "new"))
        return [{ path, kind, shown, diff: unifiedDiff(before, file.summary ?? "") }];
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

/** Files of the live generation that are not as they were deployed: what runs may have loaded them as they were. */
export function editedFiles({ manifest, now }: ConceptSeen): string[] {
  if (all(manifest, "generation")[0] !== all(now, "generation")[0]) return [];
  const [deployed, live] = [digests(manifest), digests(now)];
  return [...new Set([...deployed.keys(), ...live.keys()])].filter((path) => deployed.get(path) !== live.get(path));
}

/** Of each file that describe.sh tells of, by path. */
function digests(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(all(lines, "bytes").map((line) => [line.replace(/^\S+ \.\//, ""), line.replace(/ .*/, "")]));
}

/** A change in words: the path, and the diff below it. */
export function changeLines(change: FileChange): string[] {
  const kind = { new: " (new)", gone: " (goes away)", changed: "" }[change.kind];
  const diff = change.diff.length === 0 ? unseen(change) : "";
  return [`  ${change.path}${kind}${diff}`, ...shortened(change.diff).map((line) => `    ${line}`)];
}

/** What is said where there is no diff. */
function unseen({ kind, shown }: FileChange): string {
  if (kind === "gone") return "";
  if (kind === "new") return shown === "content" ? ": empty" : ": written (secret)";
  return shown === "content"
    ? ": changes (in what is not shown: a secret, or the end of a line)"
    : ": changes (secret)";
}

function shortened(diff: readonly string[]): readonly string[] {
  const rest = diff.slice(MOST_LINES);
  if (rest.length === 0) return diff;
  const [added, removed] = ["+", "-"].map((mark) => rest.filter((line) => line.startsWith(mark)).length);
  return [...diff.slice(0, MOST_LINES), `… and ${rest.length} more lines: ${added} added, ${removed} removed`];
}

function sha256(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}
