import { readdirSync, readFileSync } from "node:fs";

/** Sees every command line that is run on this machine for longer than a moment. */
export class CommandLines implements Disposable {
  private readonly seen = new Set<string>();
  private readonly timer = setInterval(() => {
    this.look();
  }, 50);

  /** All that were seen so far. */
  get text(): string {
    return [...this.seen].join("\n");
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }

  private look(): void {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        this.seen.add(readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "));
      } catch (error) {
        // It ended in between.
        if (!(error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")))
          throw error;
      }
    }
  }
}
