import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

import { PulumiProject } from "../engine/engine";
import { repository } from "../support/markdown";
import type { Fleet } from "./program";

/** The program as a fleet's owner would have it, compiled beforehand and with the compiled package, below `folder`. */
export function fleetStack(folder: string, fleet: Fleet): PulumiProject {
  const [dir, fleetFile] = [join(folder, "program"), join(folder, "fleet.json")];
  mkdirSync(join(dir, "node_modules"), { recursive: true });
  symlinkSync(join(repository, "node_modules/@pulumi"), join(dir, "node_modules/@pulumi"));
  symlinkSync(repository, join(dir, "node_modules/pulumi-mosquitto-pi"));
  const source = readFileSync(join(__dirname, "program/index.ts"), "utf8");
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const project = { name: "scale", main: "index.js", runtime: { name: "nodejs", options: { typescript: false } } };
  writeFileSync(join(dir, "Pulumi.yaml"), JSON.stringify(project));
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "scale", private: true }));
  writeFileSync(join(dir, "index.js"), outputText);
  writeFileSync(fleetFile, JSON.stringify(fleet), { mode: 0o600 });
  const env = {
    SCALE_FLEET: fleetFile,
    // Else the whole state is written again after each step: with the square of the hosts.
    PULUMI_EXPERIMENTAL: "true",
    PULUMI_SKIP_CHECKPOINTS: "true",
  };
  return new PulumiProject({ dir, backendDir: join(folder, "backend"), env });
}
