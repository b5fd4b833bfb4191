import type { DesiredState } from "../desired";
import { mayFail } from "./drift";
import { changeLines, editedFiles, type FileChange, fileChanges } from "./fileChanges";
import { all, type ConceptSeen, NOTHING, type Observation } from "./observation";
import { count, firstOf } from "./words";

/** What will be done to a host before anything is made live. */
export interface Steps {
  /** Files that differ from the live ones or from what was deployed, of which either may be loaded; by path. */
  readonly changes: readonly string[];
  /** Packages that will be installed, anew or in place of an older version. */
  readonly installs: readonly string[];
}

/** Says what making changes live will take: `reload: 14 connected clients stay`. */
export type Foresee = (steps: Steps, wanted: DesiredState, seen: ConceptSeen) => string;

/** Files that a person reads; a broker has half as many. */
const MOST_FILES = 50;

/** What `pulumi up` would do to a host, in words; nothing when it would do nothing. */
export function planLines(host: string, observation: Observation, wanted: DesiredState, foresee: Foresee): string[] {
  const seen = observation.concepts.get(wanted.concept) ?? NOTHING;
  const changes = fileChanges(wanted, seen);
  const told = changes.filter(({ shown }) => shown !== "nothing");
  const installs = missing(observation, wanted, seen);
  const steps = [
    ...(installs.length === 0 ? [] : [`installs ${installs.join(", ")}`]),
    ...fileWords(changes, told, seen),
  ];
  if (steps.length === 0 && seen.id !== undefined && seen.drift.length === 0) return [];
  const paths = [...new Set([...changes.map(({ path }) => path), ...editedFiles(seen)])];
  const words =
    [...steps, foresee({ changes: paths, installs }, wanted, seen)].filter((it) => it !== "").join(", then ") +
    mayFail(seen.drift);
  const earlier = observation.earlier.filter((path) => path.startsWith(`${wanted.root}/`));
  return [
    `plan for ${host}: ${beginning(seen, earlier)}${words}`,
    ...firstOf(earlier, MOST_FILES, (path) => [`  ${path} (set aside; pulumi destroy gives it back)`]),
    ...firstOf(told, MOST_FILES, changeLines),
  ];
}

function beginning(seen: ConceptSeen, earlier: readonly string[]): string {
  if (seen.id !== undefined) return "";
  if (seen.drift.length > 0) return "what was deployed there is not known any more: ";
  return earlier.length > 0
    ? "nothing of ours is there yet, and what is configured there is set aside: "
    : "nothing of ours is there yet (a new or newly flashed Pi): ";
}

function missing(observation: Observation, { packages }: DesiredState, seen: ConceptSeen): string[] {
  if (seen.id !== undefined) return packages.flatMap((name) => missingOfDeployed(seen, name));
  // A host that knows of another concept what was deployed does not tell all its packages.
  const isTold = observation.installed.size > 0;
  return packages
    .filter((name) => !observation.installed.has(name))
    .map((name) => (isTold ? name : `${name} unless it is there`));
}

/** A host that knows what was deployed tells the state of those packages only. */
function missingOfDeployed({ manifest, now, downgraded }: ConceptSeen, name: string): string[] {
  const isInstalled = all(now, `package ${name}`).some((status) => status.startsWith("installed "));
  if (isInstalled && !downgraded.includes(name)) return [];
  return [all(manifest, `package ${name}`).length === 0 ? `${name} unless it is there` : name];
}

function fileWords(changes: readonly FileChange[], told: readonly FileChange[], { now }: ConceptSeen): string[] {
  if (now.length === 0) return [`writes ${count(told.length, "file")}`];
  if (told.length > 0) return [`${count(told.length, "file")} ${told.length === 1 ? "changes" : "change"}`];
  return changes.length > 0 ? ["only the SDK's own files change"] : [];
}
