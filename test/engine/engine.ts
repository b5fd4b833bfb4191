import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { parseEnv } from "node:util";

import { run, type Output, type RunOptions } from "../support/run";

/** Where every cache and state of this repository lives. */
export const cacheRoot = process.env["MOSQUITTO_PI_CACHE"] ?? resolve(__dirname, "../../.cache");

const engineRoot = join(cacheRoot, "engine");

/** The environment of setup.sh's engine. Nothing of the caller's own Pulumi settings or SSH agent gets in. */
export function engineEnv(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const foreign = (name: string) => name.startsWith("PULUMI_") || name === "SSH_AUTH_SOCK";
  // The language host leaves folders there.
  const temporary = join(cacheRoot, "tmp");
  mkdirSync(temporary, { recursive: true });
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign(name)));
  return {
    ...inherited,
    ...parseEnv(readFileSync(join(__dirname, "settings.env"), "utf8")),
    PATH: [join(engineRoot, "bin"), process.env["PATH"] ?? ""].join(delimiter),
    PULUMI_HOME: join(engineRoot, "home"),
    TMPDIR: temporary,
    ...extra,
  };
}

export interface ProjectOptions {
  /** The folder with Pulumi.yaml and the program. Nothing is written there. */
  dir: string;
  /** A folder of the test's own: state, configuration, passphrase file and the engine's logs (home/logs). */
  backendDir: string;
  /** Default "test". */
  stack?: string;
  /** Default "test". */
  passphrase?: string;
  /** More environment for the engine and the program. */
  env?: NodeJS.ProcessEnv;
  /** Sees the engine's progress as it comes. */
  onOutput?: (text: string) => void;
}

export interface Resource {
  urn: string;
  type: string;
  id?: string;
  parent?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

export interface State {
  deployment: { resources?: Resource[]; pending_operations?: unknown[] };
}

/** How a preview is asked for. */
export interface PreviewOptions {
  readonly expectNoChanges?: boolean;
  readonly diff?: boolean;
  readonly json?: boolean;
}

/** One stack of one Pulumi program, on a file backend of its own. */
export class PulumiProject {
  readonly stack: string;
  readonly env: NodeJS.ProcessEnv;
  private readonly workspace: string;
  private created: Promise<void> | undefined;

  constructor(private readonly options: ProjectOptions) {
    this.stack = options.stack ?? "test";
    this.workspace = join(options.backendDir, "workspace");
    mkdirSync(this.workspace, { recursive: true, mode: 0o700 });
    // The engine writes a stack's configuration beside Pulumi.yaml: give it a copy, so that the program's folder stays clean.
    copyFileSync(join(options.dir, "Pulumi.yaml"), join(this.workspace, "Pulumi.yaml"));
    const passphraseFile = join(options.backendDir, "passphrase");
    writeFileSync(passphraseFile, options.passphrase ?? "test", { mode: 0o600 });
    // A home of its own keeps the engine's logs with the test; only the plugins are shared.
    const home = join(resolve(options.backendDir), "home");
    mkdirSync(home, { recursive: true });
    if (!existsSync(join(home, "plugins"))) symlinkSync(join(engineRoot, "home/plugins"), join(home, "plugins"));
    this.env = engineEnv({
      PULUMI_HOME: home,
      PULUMI_BACKEND_URL: `file://${resolve(options.backendDir)}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
      ...options.env,
    });
  }

  up(...flags: string[]): Promise<Output> {
    return this.runProgram(["up", "--yes", "--skip-preview", ...flags]);
  }

  /** Starts `pulumi up` as a shell does: in a process group of its own, which Ctrl-C goes to. */
  async startUp(): Promise<ChildProcess> {
    await (this.created ??= this.create());
    const args = this.globalArgs([...this.programArgs(["up", "--yes", "--skip-preview"]), "--stack", this.stack]);
    return spawn("pulumi", args, { cwd: this.options.dir, env: this.env, detached: true });
  }

  preview({ expectNoChanges = false, diff = false, json = false }: PreviewOptions = {}): Promise<Output> {
    const flags = [expectNoChanges && "--expect-no-changes", diff && "--diff", json && "--json"];
    return this.runProgram(["preview", ...flags.filter((flag) => flag !== false)]);
  }

  destroy(...flags: string[]): Promise<Output> {
    return this.runProgram(["destroy", "--yes", "--skip-preview", ...flags]);
  }

  refresh(...flags: string[]): Promise<Output> {
    return this.runProgram(["refresh", "--yes", "--skip-preview", ...flags]);
  }

  async outputs({ showSecrets = false } = {}): Promise<Record<string, unknown>> {
    const flags = showSecrets ? ["--show-secrets"] : [];
    return JSON.parse(succeeded(await this.pulumi(["stack", "output", "--json", ...flags]))) as Record<string, unknown>;
  }

  /** The value goes by stdin: nothing of it shows in the process list. */
  async setConfig(key: string, value: string, { secret = false } = {}): Promise<void> {
    succeeded(await this.pulumi(["config", "set", key, secret ? "--secret" : "--plaintext"], { stdin: value }));
  }

  /** The state as it is stored: secrets are ciphertext. */
  async exportState(): Promise<State> {
    return JSON.parse(succeeded(await this.pulumi(["stack", "export"]))) as State;
  }

  /** Any other command on this stack. */
  async pulumi(args: string[], options: Partial<RunOptions> = {}): Promise<Output> {
    await (this.created ??= this.create());
    return this.run([...args, "--stack", this.stack], options);
  }

  private runProgram(args: string[]): Promise<Output> {
    return this.pulumi(this.programArgs(args), { cwd: this.options.dir });
  }

  private programArgs(args: string[]): string[] {
    return [...args, "--config-file", join(this.workspace, `Pulumi.${this.stack}.yaml`)];
  }

  private globalArgs(args: string[]): string[] {
    return [...args, "--non-interactive", "--color", "never"];
  }

  private async create(): Promise<void> {
    if (!existsSync(join(this.workspace, `Pulumi.${this.stack}.yaml`))) {
      succeeded(await this.run(["stack", "init", this.stack, "--secrets-provider", "passphrase"]));
    }
  }

  private run(args: string[], options: Partial<RunOptions> = {}): Promise<Output> {
    const { onOutput } = this.options;
    return run("pulumi", this.globalArgs(args), {
      cwd: this.workspace,
      env: this.env,
      onOutput,
      ...options,
    });
  }
}

function succeeded({ code, stdout, stderr }: Output): string {
  if (code !== 0) {
    throw new Error(`pulumi ended with ${String(code)}:\n${stdout}${stderr}`);
  }
  return stdout;
}
