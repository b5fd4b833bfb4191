import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { cacheRoot } from "../engine/engine";

export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

const INSIDE = join(cacheRoot, "tmp");
const OWNED = /^mosquitto-pi-test-(\d+)-(\d+)-/;
let swept = false;

/**
 * A folder for one run of one test, in the cache or, if need be, outside of this repository. Its name says whose it is:
 * what killed runs left is removed by the next one, for it may hold keys.
 */
export function temporaryFolder(name: string, where: "inside" | "outside" = "inside"): TemporaryFolder {
  mkdirSync(INSIDE, { recursive: true });
  if (!swept) sweep();
  const parent = where === "inside" ? INSIDE : tmpdir();
  const owner = `${process.pid}-${String(startOf(process.pid))}`;
  const path = mkdtempSync(join(parent, `mosquitto-pi-test-${owner}-${name}-`));
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function sweep(): void {
  swept = true;
  for (const parent of [INSIDE, tmpdir()])
    for (const entry of readdirSync(parent)) {
      const [, pid, start] = OWNED.exec(entry) ?? [];
      if (pid !== undefined && startOf(Number(pid)) !== start)
        rmSync(join(parent, entry), { recursive: true, force: true });
    }
}

/** When a process started: with its number, it is one certain process. Undefined when it is dead, collected or not. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
