import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { LabHost } from "../lab";
import { asRoot } from "../up/support/host";

/** What a transaction has made of a host's disk. */
export interface HostFiles {
  /** The live generation, the one the broker has loaded, the one the manifest is about: `generations/0001-…`. */
  readonly live: string;
  readonly loaded: string;
  readonly manifest: string;
  /** Every file of the live generation with owner, mode and bytes; the links to it, and what is remembered beside it. */
  readonly whole: string;
  /** The link that keeps the broker from starting without the others. */
  readonly guard: string;
  /** How the unit is, and how it is remembered to have been before us. */
  readonly unit: string;
  readonly before: string;
  readonly generations: number;
  /** What dpkg has to say of packages that are installed by half. */
  readonly audit: string;
  /** What only a transaction under way has. */
  readonly leftovers: string;
}

const script = readFileSync(join(__dirname, "look.sh"), "utf8");

/** Looks at a host's disk without changing anything, as soon as no transaction is under way. */
export async function hostFiles(host: LabHost): Promise<HostFiles> {
  const lines = (await asRoot(host, "sh -s", script)).split("\n");
  const those = (...kinds: string[]) => lines.filter((line) => kinds.includes(line.slice(0, line.indexOf(" "))));
  const rest = (kind: string) =>
    those(kind)
      .map((line) => line.slice(kind.length + 1))
      .join("\n");
  return {
    live: rest("live"),
    loaded: rest("loaded"),
    manifest: rest("manifest"),
    whole: those("file", "bytes", "link", "memory").join("\n"),
    guard: rest("guard"),
    unit: rest("unit"),
    before: rest("before"),
    generations: Number(rest("count")),
    audit: rest("dpkg"),
    leftovers: rest("left"),
  };
}
