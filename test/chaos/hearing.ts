import type { ChildProcess } from "node:child_process";

/** What a program has printed so far, and who waits for some of it. */
export class Hearing {
  text = "";
  private readonly waiting = new Set<() => void>();

  constructor(...streams: readonly ChildProcess["stdout"][]) {
    for (const stream of streams)
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.text += text;
        for (const look of this.waiting) look();
      });
  }

  /** Settles when it has been printed; never when it is not. */
  heard(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!pattern.test(this.text)) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }
}
