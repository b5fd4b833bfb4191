import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { Lab, type LabHost } from "../lab";
import { run } from "../support/run";

const HANDS = join(__dirname, "hosts.sh");

/** What has come together on one host since it was booted, and what its broker's files are. */
export interface Count {
  readonly cpuSeconds: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly logins: number;
  readonly commands: number;
  readonly hasChangedRule: boolean;
  readonly hasExtraUser: boolean;
  readonly certificate: string;
}

/** The lab's hosts, as freshly flashed Raspberry Pis: with Python, which Ansible needs and Raspberry Pi OS brings. */
export class BenchHosts implements AsyncDisposable {
  private constructor(
    private readonly lab: Lab,
    readonly list: readonly LabHost[],
    /** The folder of this run. */
    readonly folder: string,
  ) {}

  static async start(count: number, folder: string): Promise<BenchHosts> {
    const names = Array.from({ length: count }, (_, i) => `pi${i + 1}`);
    const lab = await Lab.start(names.map((name) => ({ name, suite: "bookworm" })));
    const hosts = new BenchHosts(
      lab,
      names.map((name) => lab.host(name)),
      folder,
    );
    writeFileSync(join(folder, "hosts"), hosts.list.map(place).join(""));
    await hosts.script("run", join(__dirname, "host/setUp.sh"));
    return hosts;
  }

  /** The shell command that gives the hosts to a tool, as it left them or bare. */
  switchCommand(owner: string, variant: string, isBare: boolean): string {
    return [HANDS, this.folder, "switch", owner, variant, ...(isBare ? ["bare"] : [])].join(" ");
  }

  /** The shell command that counts, for {@link counts}. */
  countCommand(): string {
    return [HANDS, this.folder, "count", join(this.folder, "after")].join(" ");
  }

  /** What was counted `before` a run or `after` it, by host. */
  counts(when: "before" | "after"): Count[] {
    return readFileSync(join(this.folder, when), "utf8").trim().split("\n").map(parseCount);
  }

  async script(...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await run(HANDS, [this.folder, ...args]);
    if (code !== 0) throw new Error(`hosts.sh ${args.join(" ")} failed:\n${stdout}${stderr}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.lab.stop();
  }
}

function parseCount(line: string): Count {
  const [, cpu, sent, received, logins, commands, rule, extra, certificate = ""] = line.split(" ");
  return {
    cpuSeconds: Number(cpu) / 1e6,
    bytesSent: Number(sent),
    bytesReceived: Number(received),
    logins: Number(logins),
    commands: Number(commands),
    hasChangedRule: rule !== "0",
    hasExtraUser: extra !== "0",
    certificate,
  };
}

/** Name, cgroup and network device of a host: the lab's own names for them. */
function place({ name, ip, path }: LabHost): string {
  const bridge = readFileSync(join(dirname(dirname(path)), "bridge"), "utf8").trim();
  return `${name} ${cgroups()}/${bridge}/host-${name} vb-${bridge}-${ip.split(".").at(-1)}\n`;
}

function cgroups(): string {
  const mounts = readFileSync("/proc/mounts", "utf8");
  const [, folder] = / (\S+) cgroup2 /.exec(mounts) ?? [];
  if (folder === undefined)
    throw new Error(
      "CPU time of hosts: expected a mounted cgroup2 file system, got none; run: mount -t cgroup2 cgroup2 /mnt",
    );
  return folder;
}
