import { spawn } from "node:child_process";

/** How a program ended and what it said. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment; this process's own when left out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string | undefined;
  /** Called with each piece of either stream as it comes. */
  readonly onOutput?: ((text: string) => void) | undefined;
}

/** Runs a program to its end, without a shell. A non-zero exit is an answer; only one that cannot be started is an error. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Output> {
  const { stdin, onOutput, cwd, env = process.env } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env });
    const collected = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        collected[stream] += text;
        onOutput?.(text);
      });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (signal !== null) collected.stderr += `${program} was ended by ${signal}\n`;
      resolve({ code: code ?? 255, ...collected });
    });
    // A program that ends without reading its input is no failure of ours.
    child.stdin.on("error", () => undefined).end(stdin ?? "");
  });
}
