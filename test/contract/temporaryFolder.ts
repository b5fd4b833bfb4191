import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

import { cacheRoot } from "../engine/engine";

/** A folder in the cache, for one run of one test. */
export function temporaryFolder(name: string): { path: string; remove(): void } {
  const parent = join(cacheRoot, "tmp");
  mkdirSync(parent, { recursive: true });
  const path = mkdtempSync(join(parent, `${name}-`));
  return {
    path,
    remove() {
      rmSync(path, { recursive: true });
    },
  };
}
