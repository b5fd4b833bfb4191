import type { DesiredState } from "../desired";
import { asRoot } from "../ssh/asRoot";
import { type Described, type Drift, driftOf } from "./drift";

/** Seconds that a look may take. */
export const MOST_SECONDS = 60;

/** What the command line of a look at a host says; the script comes by standard input. */
export const OBSERVE = asRoot(`timeout ${MOST_SECONDS} sh -s`);

/** The exit code of timeout(1). */
const TIMED_OUT = 124;

/** What a host said when it was looked at. */
export interface Observation {
  /** Tells this installation of the host from every other, and this boot from others. */
  readonly fingerprint: string;
  /** Debian release: `bookworm`. */
  readonly suite: string;
  /** Its clock, in seconds since 1970. */
  readonly time: number;
  /** Debian packages that it has; only told by a host where nothing is deployed, or nobody knows what. */
  readonly installed: ReadonlySet<string>;
  /** Files of a concept's folder that somebody has made before us; only told where nothing of ours is live. */
  readonly earlier: readonly string[];
  /** By concept, what was deployed there. */
  readonly concepts: ReadonlyMap<string, ConceptSeen>;
}

/** Who keeps a concept on a host: see DesiredState. */
export type Owner = Pick<DesiredState, "identity" | "component">;

/** What was seen of one concept. */
export interface ConceptSeen extends Described {
  /** Whose it is; undefined when nobody's. */
  readonly owner: Owner | undefined;
  /** How what is there differs from what was deployed. */
  readonly drift: readonly Drift[];
  /** Contents of the live files that hold no secrets, and summaries of others, by path in the generation. */
  readonly texts: ReadonlyMap<string, string>;
  /** What the last try was fed, when it has not ended well; told of what changes the way to the host, apart.sh. */
  readonly begun: string;
  /** What tells one lost manifest from another. */
  readonly forgotten: string;
}

/**
 * Reads what observe.sh prints.
 *
 * @param user - Who looked, for the error text.
 * @throws Error when it could not run, or when its answer is not whole.
 */
export function observationOf(
  { code, stdout, stderr }: { readonly code: number; readonly stdout: string; readonly stderr: string },
  user: string,
): Observation {
  // It also prints warnings, such as that it cannot resolve the host's own name.
  if (stdout === "" && /\bsudo: /.test(stderr))
    throw new Error(
      `connection.user: expected root or a user whose sudo asks for no password, got "${user}"; on the Pi, run: ` +
        `echo '${user} ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/010-${user}-nopasswd`,
    );
  const lines = stdout.split("\n");
  if (code === TIMED_OUT)
    throw new Error(
      `looking took more than ${MOST_SECONDS} seconds; is there a very large file among those that were deployed, or a card that fails?`,
    );
  if (code !== 0 || lines.at(-1) !== "" || lines.at(-2) !== "end")
    throw new Error(`its answer is not whole (exit code ${code}): ${stderr.trim().slice(-500)}`);
  const starts = lines.flatMap((line, i) => (line.startsWith("concept ") ? [i] : []));
  const head = lines.slice(0, starts[0] ?? -2);
  const sections = starts.map((start, i) => lines.slice(start, starts[i + 1] ?? -2));
  return {
    fingerprint: ["machine", "boot", "bare"].map((kind) => only(head, kind)).join(" "),
    suite: only(head, "suite"),
    time: Number(only(head, "time")),
    installed: new Set(only(head, "installed").split(" ")),
    earlier: all(head, "earlier"),
    concepts: new Map(sections.map((section) => [only(section, "concept"), conceptSeen(section)])),
  };
}

function conceptSeen(section: readonly string[]): ConceptSeen {
  const manifest = all(section, "manifest");
  const described = {
    id: all(manifest, "id")[0],
    manifest: manifest.filter((line) => !line.startsWith("id ")),
    now: all(section, "now"),
    downgraded: all(section, "downgraded"),
    facts: Object.fromEntries(all(section, "fact").map((fact) => splitAt(fact, " "))),
  };
  const identity = only(section, "identity");
  // Nobody's, with nothing live: the first deployment was broken off.
  const isDeployed = identity !== "" || described.now.length > 0;
  return {
    ...described,
    owner: identity === "" ? undefined : { identity, component: only(section, "component") },
    drift: isDeployed ? driftOf(described) : [],
    texts: joined([
      ...all(section, "line").map((line) => splitAt(line, ":")),
      ...all(section, "fact summary").map((line) => splitAt(line, " ")),
    ]),
    begun: only(section, "begun"),
    forgotten: only(section, "forgotten"),
  };
}

/** What is seen of a concept where nothing of it is. */
export const NOTHING: ConceptSeen = conceptSeen([]);

/** What follows `kind` in each line that starts with it. */
export function all(lines: readonly string[], kind: string): string[] {
  return lines.flatMap((line) => (line.startsWith(`${kind} `) ? [line.slice(kind.length + 1)] : []));
}

function only(lines: readonly string[], kind: string): string {
  return all(lines, kind)[0] ?? "";
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Texts out of their lines. */
function joined(lines: readonly (readonly [path: string, line: string])[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string[]>();
  for (const [path, line] of lines) {
    const text = texts.get(path) ?? [];
    texts.set(path, text);
    text.push(`${line}\n`);
  }
  return new Map([...texts].map(([path, text]) => [path, text.join("")]));
}
