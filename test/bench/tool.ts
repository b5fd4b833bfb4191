import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Tools that share their inputs, and the state they leave hosts in, are of one owner. */
export type Owner = "pulumi" | "ansible" | "ansible-files" | "ssh";

/** One way to bring hosts to the desired state. */
export interface Tool {
  readonly name: string;
  readonly owner: Owner;
  /** A line of shell that takes the inputs of its owner to all hosts. */
  readonly command: string;
  readonly env?: Readonly<Record<string, string>>;
  /** It changes nothing, so it takes part where there is nothing to change. */
  readonly isReadOnly?: boolean;
}

/** A tool's command and environment in a file, since hyperfine wants a short command line; and where its output goes. */
export function toolFiles({ name, command, env = {} }: Tool, folder: string): { script: string; log: string } {
  const stem = join(folder, name.replaceAll(/\W+/g, "-"));
  const files = { script: `${stem}.sh`, log: `${stem}.log` };
  const exports = Object.entries(env).map(([key, value]) => `export ${key}=${quoted(value)}\n`);
  writeFileSync(files.script, `exec >${quoted(files.log)} 2>&1\n${exports.join("")}${command}\n`, { mode: 0o600 });
  return files;
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
