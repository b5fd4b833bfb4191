import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { type PreviewOptions, PulumiProject } from "../../engine/engine";
import type { LabHost } from "../../lab";
import { temporaryFolder } from "../../support/temporaryFolder";
import type { Spec } from "../program/spec";

/** What a stack's program exports. */
export interface Outputs {
  readonly addresses: Readonly<Record<string, string>>;
  readonly hostnames: Readonly<Record<string, string>>;
  readonly devices: Readonly<Record<string, string>>;
  readonly otherRules: Readonly<Record<string, readonly string[]>>;
  readonly ca: string;
  readonly urls: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly expires: Readonly<Record<string, string>>;
  readonly passwords: Readonly<Record<string, string>>;
  readonly certificates: Readonly<Record<string, { certificatePem: string; privateKeyPem: string }>>;
}

/** A stack of test/up/program, in a folder of its own. */
export class Stack implements AsyncDisposable {
  readonly project: PulumiProject;
  /** Everything that preview, up and destroy have printed. */
  printed = "";
  private readonly temporary = temporaryFolder("up");
  readonly folder = this.temporary.path;
  private readonly specFile = join(this.folder, "spec.json");

  constructor(env: NodeJS.ProcessEnv = {}) {
    this.project = new PulumiProject({
      dir: join(__dirname, "../program"),
      backendDir: join(this.folder, "backend"),
      // Types are checked elsewhere: each run is seconds faster without.
      env: { ...env, UP_SPEC: this.specFile, PULUMI_NODEJS_TRANSPILE_ONLY: "true" },
    });
  }

  /** `pulumi up`. @throws AssertionError with all that was printed when it fails. */
  async up(spec: Spec, ...flags: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.tryUp(spec, ...flags);
    assert.equal(code, 0, `pulumi up failed:\n${stdout}${stderr}`);
    return stdout + stderr;
  }

  /** A `pulumi up` that may be interrupted. */
  start(spec: Spec): ReturnType<PulumiProject["startUp"]> {
    this.write(spec);
    return this.project.startUp();
  }

  /** `pulumi up` that must fail; gives what was printed. */
  async upFails(spec: Spec): Promise<string> {
    const { code, stdout, stderr } = await this.tryUp(spec);
    assert.notEqual(code, 0, `pulumi up should have failed:\n${stdout}${stderr}`);
    return stdout + stderr;
  }

  async preview(spec: Spec, options: PreviewOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.tryPreview(spec, options);
    assert.equal(code, 0, `pulumi preview failed:\n${stdout}${stderr}`);
    return stdout + stderr;
  }

  tryPreview(spec: Spec, options: PreviewOptions = {}) {
    this.write(spec);
    return this.kept(this.project.preview(options));
  }

  async outputs(): Promise<Outputs> {
    return (await this.project.outputs({ showSecrets: true })) as unknown as Outputs;
  }

  async destroy(): Promise<void> {
    const { code, stdout, stderr } = await this.kept(this.project.destroy());
    assert.equal(code, 0, `pulumi destroy failed:\n${stdout}${stderr}`);
  }

  /** What each host's transaction reported last, by the name of its command. */
  reports(): Promise<Readonly<Record<string, string>>> {
    return this.texts("command:remote:Command", "stdout");
  }

  /** The private key of the stack's own authority, PEM. */
  async authorityKey(): Promise<string> {
    return (await this.texts("tls:index/privateKey:PrivateKey", "privateKeyPem"))["ca-key"] ?? "";
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.temporary.remove();
    return Promise.resolve();
  }

  /** One output of all resources of a type, by their names. */
  private async texts(wanted: string, output: string): Promise<Readonly<Record<string, string>>> {
    const { code, stdout } = await this.project.pulumi(["stack", "export", "--show-secrets"]);
    assert.equal(code, 0);
    const { deployment } = JSON.parse(stdout) as Awaited<ReturnType<PulumiProject["exportState"]>>;
    const resources = (deployment.resources ?? []).filter(({ type }) => type === wanted);
    return Object.fromEntries(
      resources.map(({ urn, outputs }) => [urn.split("::").at(-1) ?? "", plain(outputs?.[output])]),
    );
  }

  private tryUp(spec: Spec, ...flags: string[]) {
    this.write(spec);
    return this.kept(this.project.up(...flags));
  }

  private async kept(running: ReturnType<PulumiProject["up"]>) {
    const result = await running;
    this.printed += result.stdout + result.stderr;
    return result;
  }

  private write(spec: Spec): void {
    writeFileSync(this.specFile, JSON.stringify(spec), { mode: 0o600 });
  }
}

function plain(value: unknown): string {
  if (typeof value === "object" && value !== null && "plaintext" in value)
    return JSON.parse(String(value.plaintext)) as string;
  return String(value);
}

/** How to log in to a host of the lab; over a port of this machine's loopback, if one is given. */
export function piOf({ ip, user, privateKey, hostKey, suite }: LabHost, port?: number): Spec["hosts"][string] {
  const way = port === undefined ? { host: ip } : { host: "127.0.0.1", port };
  return { connection: { ...way, user, privateKey, hostKey, dialErrorLimit: 3 }, suite };
}
