import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { engineEnv, PulumiProject } from "../engine/engine";
import type { Output } from "../support/run";
import type { Spec } from "./commandProgram";

/** A stack of remote.Command and remote.CopyToRemote resources, with the plugin under test. */
export class CommandStack {
  private readonly project: PulumiProject;
  private readonly specFile: string;

  constructor(dir: string) {
    const backendDir = join(dir, "stack");
    mkdirSync(backendDir, { recursive: true });
    this.specFile = join(backendDir, "spec.json");
    const env = { CONTRACT_SPEC: this.specFile, ...pluginHome(join(backendDir, "home")) };
    this.project = new PulumiProject({ dir: join(__dirname, "commandProgram"), backendDir, env });
  }

  up(spec: Spec, ...flags: string[]): Promise<Output> {
    writeFileSync(this.specFile, JSON.stringify(spec), { mode: 0o600 });
    return this.project.up(...flags);
  }

  /** Of the spec that came up last. */
  preview(): Promise<Output> {
    return this.project.preview({ expectNoChanges: true });
  }

  destroy(): Promise<Output> {
    return this.project.destroy();
  }

  async resources(): Promise<Map<string, { id: string; outputs: Record<string, unknown> }>> {
    const { deployment } = await this.project.exportState();
    return new Map(
      (deployment.resources ?? []).map(({ urn, id = "", outputs = {} }) => [
        urn.split("::").pop() ?? "",
        { id, outputs },
      ]),
    );
  }
}

/** MOSQUITTO_PI_COMMAND_PLUGIN names a plugin binary to test instead of the installed one. */
function pluginHome(home: string): NodeJS.ProcessEnv {
  const binary = process.env["MOSQUITTO_PI_COMMAND_PLUGIN"];
  if (binary === undefined) return {};
  const env = engineEnv({ PULUMI_HOME: home });
  const install = ["plugin", "install", "resource", "command", "1.2.1", "--reinstall", "--file", binary];
  execFileSync("pulumi", install, { env, stdio: "ignore" });
  return { PULUMI_HOME: home };
}
