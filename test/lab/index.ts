import { spawnSync } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { LabHost, type Suite } from "./host";
import { run } from "../support/run";

export { LabHost, type Suite, type Unsynced } from "./host";
export { run, type Output, type RunOptions } from "../support/run";

export interface HostSpec {
  readonly name: string;
  readonly suite: Suite;
}

export interface LabOptions {
  /** Each host gets a disk of its own, which can lose what was not synced when the power is cut. */
  readonly hasDisks?: boolean;
}

const program = join(__dirname, "lab");

/** A network of Pis that belongs to this process: it goes when the process does, however that ends. */
export class Lab {
  private static started = 0;
  private readonly hosts = new Map<string, LabHost>();

  private constructor(readonly id: string) {}

  /** Boots the hosts, each at once with the others, and settles when all answer SSH. Throws when it cannot: there is no skipping. */
  static async start(specs: readonly HostSpec[], { hasDisks = false }: LabOptions = {}): Promise<Lab> {
    Lab.started += 1;
    const lab = new Lab(`test-${String(process.pid)}-${String(Lab.started)}`);
    stopAtExit(lab.id);
    try {
      const hosts = specs.map((it) => `${it.name}:${it.suite}`);
      const paths = await lab.command("up", ...hosts, ...(hasDisks ? ["--disk"] : []));
      for (const path of paths.trim().split("\n")) {
        const host = new LabHost(path, (...args) => lab.command(...args));
        lab.hosts.set(host.name, host);
      }
    } catch (error) {
      // Should this fail too, it is tried again when the process ends; the first error is the one that tells.
      await lab.stop().catch(() => undefined);
      throw error;
    }
    return lab;
  }

  /** This machine's own address in the lab: hosts reach what a test serves there on a port from 32768 up. */
  get address(): string {
    const [host] = this.hosts.values();
    if (!host) {
      throw new Error(`lab ${this.id} has no hosts`);
    }
    return host.ip.replace(/\d+$/, "1");
  }

  host(name: string): LabHost {
    const host = this.hosts.get(name);
    if (!host) {
      throw new Error(`no host "${name}" in this lab, only ${[...this.hosts.keys()].join(", ")}`);
    }
    return host;
  }

  /** Takes everything down, disks too. */
  async stop(): Promise<void> {
    await this.command("down");
    running.delete(this.id);
    this.hosts.clear();
  }

  private async command(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run(program, args, { env: { ...process.env, ...environment(this.id) } });
    if (code !== 0) {
      throw new Error(`"lab ${args.join(" ")}" failed (it is never skipped):\n${stderr.trim()}`);
    }
    return stdout;
  }
}

function environment(id: string): Record<string, string> {
  return { LAB: id, LAB_OWNER: String(process.pid) };
}

const running = new Set<string>();
let hooked = false;

// A process that is killed cannot do this; the next `lab up` or `lab gc` then finds the owner dead.
function stopAtExit(id: string): void {
  running.add(id);
  if (hooked) {
    return;
  }
  hooked = true;
  process.once("exit", stopAll);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

function stopAll(): void {
  for (const id of running) {
    spawnSync(program, ["down"], { env: { ...process.env, ...environment(id) }, stdio: "ignore" });
  }
}
