import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

import { engineEnv } from "../engine/engine";
import { repository } from "../support/markdown";
import { run } from "../support/run";
import { passwordHashes, type Variant } from "./fleet";
import { type Inputs, writeVariants } from "./inputs";
import type { StackInputs, StackSecrets } from "./program";
import { onAllHosts } from "./sshTool";
import { quoted, type Tool } from "./tool";

/** As docs/getting-started.md has it. */
const TSCONFIG = {
  compilerOptions: { target: "ES2022", module: "Node16", strict: true, noEmit: true, skipLibCheck: true },
  files: ["index.ts"],
};
const WITHOUT_COMPILER = `--require=${join(__dirname, "noTypeScript.cjs")}`;
const UP = "up --yes --skip-preview";

/** Ours: with the program compiled beforehand, and as TypeScript; and Pulumi itself with nothing to do. */
export async function pulumiTools(inputs: Inputs): Promise<Tool[]> {
  const home = join(inputs.folder, "pulumi");
  writeVariants(home, (variant) => ({ "fleet.json": JSON.stringify(stackInputs(inputs, variant)) }));
  const source = readFileSync(join(__dirname, "program/index.ts"), "utf8");
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const compiled = new Project(home, "bench", "index.js", outputText);
  const typescript = new Project(home, "bench", "index.ts", source);
  const empty = new Project(home, "empty", "index.js", 'require("@pulumi/pulumi");\n');
  for (const project of [compiled, empty]) await project.run(["stack", "init", "--secrets-provider", "passphrase"]);
  await compiled.run(["config", "set", "--secret", "secrets"], JSON.stringify(stackSecrets(inputs)));
  // Its stack is there, too, when it is timed.
  await empty.run(["up", "--yes", "--skip-preview"]);
  cpSync(join(home, "state"), join(home, "state.new"), { recursive: true });
  return [
    compiled.tool("ours", UP),
    { ...compiled.tool("ours, preview", "preview --expect-no-changes"), isReadOnly: true },
    typescript.tool("ours, TypeScript", UP),
    typescript.tool("ours, TypeScript unchecked", UP, { PULUMI_NODEJS_TRANSPILE_ONLY: "true" }),
    andThen(empty.tool("empty program + SSH", UP), onAllHosts(inputs, "true")),
  ];
}

function andThen(tool: Tool, next: string): Tool {
  return { ...tool, command: `${tool.command} && ${next}`, isReadOnly: true };
}

/** A Pulumi project as a user has it: a folder of its own, with the packages in its node_modules. */
class Project {
  private readonly folder: string;
  private readonly env: Readonly<Record<string, string>>;

  constructor(
    private readonly home: string,
    private readonly name: string,
    main: string,
    source: string,
  ) {
    this.folder = join(home, `${name}-${main.replace("index.", "")}`);
    mkdirSync(join(this.folder, "node_modules"), { recursive: true });
    for (const scope of ["@pulumi", "@types"])
      symlinkSync(join(repository, "node_modules", scope), join(this.folder, "node_modules", scope));
    symlinkSync(repository, join(this.folder, "node_modules/pulumi-mosquitto-pi"));
    const runtime = main.endsWith(".js") ? { name: "nodejs", options: { typescript: false } } : "nodejs";
    writeFileSync(join(this.folder, "Pulumi.yaml"), JSON.stringify({ name, main, runtime }));
    writeFileSync(join(this.folder, "package.json"), JSON.stringify({ name, private: true }));
    writeFileSync(join(this.folder, main), source);
    if (main.endsWith(".ts")) writeFileSync(join(this.folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
    this.env = { ...this.environment(), ...(main.endsWith(".js") ? { NODE_OPTIONS: WITHOUT_COMPILER } : {}) };
  }

  async run(args: readonly string[], stdin?: string): Promise<void> {
    const options = { cwd: this.folder, env: { ...process.env, ...this.env }, stdin };
    const { code, stdout, stderr } = await run("pulumi", [...args, "--stack", "bench", "--non-interactive"], options);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} failed: ${stdout}${stderr}`);
  }

  tool(name: string, verb: string, env: Tool["env"] = {}): Tool {
    const flags = ["--stack", "bench", ...this.config(), "--non-interactive", "--color", "never"].map(quoted).join(" ");
    const command = `pulumi -C ${quoted(this.folder)} ${verb} ${flags}`;
    return { name, owner: "pulumi", env: { ...this.env, ...env }, command };
  }

  private config(): string[] {
    return ["--config-file", join(this.home, `${this.name}-js`, "Pulumi.bench.yaml")];
  }

  private environment(): Record<string, string> {
    const passphrase = join(this.home, "passphrase");
    writeFileSync(passphrase, "bench", { mode: 0o600 });
    mkdirSync(join(this.home, "state"), { recursive: true });
    const { PATH = "", PULUMI_HOME = "", TMPDIR = "", ...engine } = engineEnv();
    const settings = Object.entries(engine).filter(([key]) => key.startsWith("PULUMI_"));
    return {
      ...(Object.fromEntries(settings) as Record<string, string>),
      PATH,
      PULUMI_HOME,
      TMPDIR,
      PULUMI_BACKEND_URL: `file://${join(this.home, "state")}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
      BENCH_FLEET: join(this.home, "input/fleet.json"),
      // As docs/performance.md advises; Node.js 20 does not know it.
      NODE_COMPILE_CACHE: join(this.home, "compiled"),
    };
  }
}

function stackInputs({ hosts, authority, fleet }: Inputs, variant: Variant): StackInputs {
  const connections = hosts.map(({ name, ip, user, privateKey, hostKey }) => [
    name,
    { host: ip, user, privateKey, hostKey },
  ]);
  const { users, rules } = fleet(variant);
  return {
    hosts: Object.fromEntries(connections) as StackInputs["hosts"],
    authorityPem: authority.pair().certificatePem,
    users: users.map(({ username }) => username),
    rules,
    validity: variant === "certificate" ? "90d" : "2y",
  };
}

function stackSecrets({ authority, fleet }: Inputs): StackSecrets {
  return { authorityKeyPem: authority.pair().privateKeyPem, passwordHashes: passwordHashes(fleet("user")) };
}
