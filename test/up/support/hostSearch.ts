import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { LabHost } from "../../lab";
import { asRoot } from "./host";
import { type Needle, patterns } from "./needles";

const script = (name: string): string => readFileSync(join(__dirname, name), "utf8");

/** Looks for secrets on a host: in its files and journal, and in what its processes showed since `start`. */
export class HostSearch {
  private constructor(
    private readonly host: LabHost,
    private readonly sampling: Promise<string>,
  ) {}

  /** Starts to keep the command lines and environments of the host's processes. */
  static async start(host: LabHost): Promise<HostSearch> {
    await asRoot(host, "mkdir -m 0700 /run/needles");
    return new HostSearch(host, asRoot(host, "sh -s", script("sample.sh")));
  }

  /** Ends the sampling. */
  async stop(): Promise<void> {
    await asRoot(this.host, "touch /run/needles/stop");
    await this.sampling;
  }

  /** Says what is where: `place needle` a line. */
  async find(needles: readonly Needle[]): Promise<string[]> {
    const names = new Map(
      needles.flatMap((needle) => patterns(needle).map((pattern) => [pattern, needle.name] as const)),
    );
    await asRoot(this.host, "umask 077; cat >/run/needles/patterns", [...names.keys()].join("\n"));
    const lines = (await asRoot(this.host, "sh -s", script("search.sh"))).split("\n").filter((line) => line !== "");
    const hits = lines.map((line) => {
      const at = line.indexOf(" ");
      return `${line.slice(0, at)} ${names.get(line.slice(at + 1)) ?? line}`;
    });
    return [...new Set(hits)].sort();
  }
}
