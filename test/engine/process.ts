import { spawn } from "node:child_process";

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  stdin?: string | undefined;
  onOutput?: ((text: string) => void) | undefined;
}

/** Runs a program to its end, without a shell. A failure is a code other than 0, not an exception. */
export function run(command: string, args: string[], { cwd, env, stdin, onOutput }: RunOptions): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env });
    const collected = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        collected[stream] += text;
        onOutput?.(text);
      });
    }
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ code: code ?? (signal === null ? 1 : 128), ...collected });
    });
    // A program that ends without reading its input is no error of ours: its code tells.
    child.stdin.on("error", () => undefined).end(stdin ?? "");
  });
}
