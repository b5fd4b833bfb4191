import { commandWords, count, firstOf } from "./words";

/** What was deployed of a concept and what is there, in the lines of describe.sh. */
export interface Described {
  /** The id that the last deployment left; undefined when the manifest is gone. */
  readonly id: string | undefined;
  /** The host as the last deployment left it, a line each thing. */
  readonly manifest: readonly string[];
  /** The host as it is now, in the same words. */
  readonly now: readonly string[];
  /** Packages that are older than the last deployment left them. */
  readonly downgraded: readonly string[];
  /** What the concept itself tells: `clients` -> `14`. */
  readonly facts: Readonly<Record<string, string>>;
}

/** A thing on a host that is not as the last deployment left it, and how. */
export interface Drift {
  /** `/etc/mosquitto/current/acl`, `mosquitto.service`, `package mosquitto`. */
  readonly thing: string;
  /** `its content was changed`. */
  readonly how: string;
  /** Set where `pulumi up` fails if it is somebody's drop-in that makes it so, and names that file. */
  readonly mayStay?: true;
}

/** Things that a person reads. */
const MOST_THINGS = 50;

/** What of a host is not as it was deployed, in words; nothing when all is. */
export function driftLines(host: string, drift: readonly Drift[]): string[] {
  if (drift.length === 0) return [];
  const them = drift.length === 1 ? "it" : "them";
  return [
    `drift on ${host}: ${count(drift.length, "thing")} not as deployed; \`pulumi up\` puts ${them} right${mayFail(drift)}`,
    ...firstOf(drift, MOST_THINGS, ({ thing, how }) => [`  ${thing} ${how}`]),
  ];
}

/** What stands in the way of a deployment, in words; nothing when nothing does. */
export function mayFail(drift: readonly Drift[]): string {
  return drift.some(({ mayStay }) => mayStay)
    ? ", or where a drop-in of somebody's is the cause it fails and names the file to remove"
    : "";
}

/** How a concept's things on a host differ from what the last deployment left. */
export function driftOf(seen: Described): Drift[] {
  if (seen.id === undefined)
    return [{ thing: "what was deployed", how: "is not known: the manifest in /var/lib/pulumi-mosquitto-pi is gone" }];
  const was = keyed(seen.manifest);
  const is = keyed(seen.now);
  const keys = [...new Set([...was.keys(), ...is.keys()])].sort();
  const found = keys.filter((key) => says(key, was, is)).flatMap((key) => difference(key, was, is, seen));
  const { loaded, foreign } = seen.facts;
  const generation = is.get("generation");
  if (found.length === 0 && loaded !== undefined && generation !== undefined && loaded !== generation)
    found.push({
      thing: "the running service",
      how: `has loaded ${loaded || "nobody knows what"}, expected ${generation}`,
    });
  if (foreign !== undefined)
    found.push({
      thing: "the service",
      how: `has a command that is not ours: ${commandWords(foreign)}`,
      mayStay: true,
    });
  return found;
}

/** Lines of a manifest by what they are about: the path of an `entry`, the name of a `unit`. */
function keyed(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.map((line): [string, string] => {
      const words = line.split(" ");
      const [kind = "", first = ""] = words;
      switch (kind) {
        case "entry":
        case "folder":
          return [`${kind} ${words.slice(4).join(" ")}`, words.slice(1, 4).join(" ")];
        case "bytes":
          return [`bytes ${words.slice(2).join(" ")}`, first];
        case "link":
        case "setting":
        case "unit":
        case "package":
        case "pending":
        case "unfinished":
          return [`${kind} ${first}`, words.slice(2).join(" ")];
        case "stray":
          return [line, ""];
        default:
          return [kind, words.slice(1).join(" ")];
      }
    }),
  );
}

type Lines = ReadonlyMap<string, string>;

/** Another machine has another everything, and another generation has other files: no more needs to be said. */
function says(key: string, was: Lines, is: Lines): boolean {
  const isSame = (name: string) => was.get(name) === is.get(name);
  if (!isSame("machine")) return key === "machine";
  return isSame("generation") || !/^(entry|bytes) /.test(key);
}

function difference(key: string, was: Lines, is: Lines, seen: Described): Drift[] {
  const [before, now] = [was.get(key), is.get(key)];
  if (before === now) return [];
  const at = key.indexOf(" ");
  const kind = at < 0 ? key : key.slice(0, at);
  const name = key.slice(at + 1);
  const root = was.get("root") ?? "";
  switch (kind) {
    case "entry":
      return entryDrift(live(root, name), before, now);
    case "folder":
      return entryDrift(name, before, now);
    case "bytes":
      return contentDrift(live(root, name), before, now, is.get(`entry ${name}`));
    case "unit":
      return [{ thing: name, how: unitDrift(before, now) }];
    case "package":
      return packageDrift(name, before, now, seen.downgraded.includes(name));
    case "link":
      return [{ thing: name, how: now ? linkDrift(before, now) : "is missing" }];
    case "setting":
      return [{ thing: name, how: `is ${valueOf(now)}, deployed was ${valueOf(before)}` }];
    // That one is no longer pending which was, since somebody held it, is well.
    case "pending":
      return now === undefined ? [] : [{ thing: `package ${name}`, how: `is to be upgraded to ${now}` }];
    case "unfinished":
      return now === undefined || is.has(`package ${name}`) ? [] : packageDrift(name, undefined, now, false);
    case "stray":
      return [{ thing: name, how: "is not ours" }];
    case "generation":
      return [
        {
          thing: `${root}/current`,
          how: now ? `leads to ${now}, deployed was ${String(before)}` : "leads nowhere, or is no link any more",
        },
      ];
    case "machine":
      return [
        {
          thing: "the host",
          how: `is another installation than the one deployed to (machine-id ${String(now)}, was ${String(before)})`,
        },
      ];
    default:
      return [{ thing: kind, how: `is "${now ?? ""}", was "${before ?? ""}"` }];
  }
}

function valueOf(setting = ""): string {
  return setting === "" ? "nothing" : setting;
}

function live(root: string, path: string): string {
  return `${root}/current/${path.replace(/^\.\/?/, "")}`.replace(/\/$/, "");
}

function entryDrift(thing: string, before: string | undefined, now: string | undefined): Drift[] {
  if (now === undefined) return [{ thing, how: "is missing" }];
  if (before === undefined) return [{ thing, how: "is not ours" }];
  const [[oldMode, oldOwner, oldKind], [mode, owner, kind]] = [before.split(" "), now.split(" ")];
  return [
    ...(kind === oldKind ? [] : [{ thing, how: "is no longer a file of its kind" }]),
    ...(mode === oldMode ? [] : [{ thing, how: `has mode ${octal(mode)}, deployed was ${octal(oldMode)}` }]),
    ...(owner === oldOwner ? [] : [{ thing, how: `belongs to ${String(owner)}, deployed was ${String(oldOwner)}` }]),
  ];
}

/** A target outside the generation comes with a digest of what is there. */
function linkDrift(before = "", now: string): string {
  if (now.startsWith("no link")) return "is no link any more";
  const [[wasTo], [to = ""]] = [before.split(" "), now.split(" ")];
  return to === wasTo ? `leads to ${to}, whose content was changed` : `leads to ${to}`;
}

/** What is there or not, and is another kind of thing, is said of the entry. */
function contentDrift(thing: string, before: string | undefined, now: string | undefined, entry = ""): Drift[] {
  if (before === undefined) return [];
  if (now !== undefined) return [{ thing, how: "its content was changed" }];
  return entry.endsWith(" f") ? [{ thing, how: "cannot be read" }] : [];
}

function octal(mode = ""): string {
  return mode.padStart(4, "0");
}

function unitDrift(before = "", now = ""): string {
  const [wasActive, wasEnabled] = before.split(" ");
  const [active, enabled] = now.split(" ");
  if (now === "" || enabled === "not-found") return "is not found by systemd";
  const states = [
    ...(active === wasActive ? [] : [active === "inactive" ? "is stopped" : `is ${String(active)}`]),
    ...(enabled === wasEnabled ? [] : [enablement(enabled)]),
  ];
  return states.join(", and ");
}

function enablement(enabled = ""): string {
  return /^(enabled|masked)/.test(enabled) ? `is ${enabled}` : `is ${enabled}: it would not start at boot`;
}

/** An upgrade within one upstream version is the system's own affair; another upstream version has to be checked anew. */
function packageDrift(name: string, before: string | undefined, now: string | undefined, isOlder: boolean): Drift[] {
  const thing = `package ${name}`;
  const [status = "absent", version = ""] = now?.split(" ") ?? [];
  const old = before?.split(" ")[1] ?? "";
  if (status !== "installed")
    return [{ thing, how: status === "absent" || status === "config-files" ? "is not installed" : `is ${status}` }];
  if (isOlder) return [{ thing, how: `is ${version}, older than ${old} that was deployed` }];
  return upstream(version) === upstream(old) ? [] : [{ thing, how: `is ${version}, deployed was ${old}` }];
}

function upstream(version: string): string {
  return version.replace(/^\d+:/, "").replace(/-[^-]*$/, "");
}
