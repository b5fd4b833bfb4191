/** A file of a generation: bytes, owner and mode as they will be on the Pi. */
export interface DesiredFile {
  /** Path relative to the generation's folder: `conf.d/tls.conf`. */
  readonly path: string;
  readonly content: string;
  /** Four octal digits: `0640`. */
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  readonly shown: Shown;
  /** What a preview shows in place of the content, with `shown: "summary"`; the concept's hook `observe` tells the live file's. */
  readonly summary?: string;
}

/**
 * What a preview tells of a file that changes: its `content`, which holds no secret; a `summary` of it; its `name` alone; or
 * `nothing`, since it is no more than what the tool itself needs.
 */
export type Shown = "content" | "summary" | "name" | "nothing";

/** All that one component wants of one host. The same value always gives the same bytes. */
export interface DesiredState {
  /** What this is, and the name of its folder below /var/lib/pulumi-mosquitto-pi: `mosquitto`. */
  readonly concept: string;
  /** Who wants it, for messages to people: `project/stack/name`. */
  readonly component: string;
  /** Not secret, kept in state, and different for every component: two of them never share a host's concept unnoticed. */
  readonly identity: string;
  /** The Debian release that the host must run; any supported one when left out. */
  readonly suite?: string | undefined;
  /** Folder that holds `generations/` and the symlink `current`: `/etc/mosquitto`. */
  readonly root: string;
  /** Debian packages that must be there. */
  readonly packages: readonly string[];
  /** Which upgrades of packages, those that others installed included, must not be pending; any may be when left out. */
  readonly upgrade?: "security" | "full" | undefined;
  /** systemd units that must run, and start at boot. */
  readonly units: readonly string[];
  /** The generation's files. */
  readonly files: readonly DesiredFile[];
  /** Symlinks elsewhere on the Pi; those to files of the live generation lead through `current`. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** Shell files of the concept; `hooks.sh` is run with a verb: validate, activate, verify, report, log, observe, describe, deactivate. */
  readonly scripts: Readonly<Record<string, string>>;
}

/** A file that everybody on the Pi may read. */
export function openFile(path: string, content: string, shown: Shown = "content"): DesiredFile {
  return { path, content, mode: "0644", owner: "root", group: "root", shown };
}

/**
 * Links by which systemd finds units of a generation, and starts one of them with a target. It takes a link of another name than its
 * file's for an alias.
 *
 * @param live - The folder that the files are in.
 */
export function unitLinks(
  live: string,
  units: readonly string[],
  { start, target }: { readonly start: string; readonly target: string },
): DesiredState["links"] {
  const link = (path: string, unit: string) => ({ path: `/etc/systemd/system/${path}`, target: `${live}/${unit}` });
  return [...units.map((unit) => link(unit, unit)), link(`${target}.wants/${start}`, start)];
}
