import { readFileSync } from "node:fs";
import { run, type Output } from "../support/run";

export type Suite = "bookworm" | "trixie";

/** What a power cut does to writes that were not synced; `torn`: names and lengths are there, contents are not. */
export type Unsynced = "kept" | "lost" | "torn";

/** What `lab up` wrote about a host. */
interface HostFile {
  readonly name: string;
  readonly ip: string;
  readonly suite: Suite;
  readonly user: "pi";
  readonly privateKeyPath: string;
  readonly knownHostsPath: string;
  readonly hostKey: string;
  readonly hostKeyEcdsa: string;
  readonly hostKeyRsa: string;
}

export type LabCommand = (...args: string[]) => Promise<string>;

/** One Pi of a lab. */
export class LabHost {
  readonly name: string;
  readonly ip: string;
  readonly suite: Suite;
  readonly user = "pi";
  /** The login key itself, OpenSSH format. */
  readonly privateKey: string;
  readonly privateKeyPath: string;
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey: string;
  /** All host keys, as a Raspberry Pi has them. */
  readonly hostKeys: { readonly ed25519: string; readonly ecdsa: string; readonly rsa: string };
  /** For the `ssh` program, with every host key pinned and the machine's own configuration left out. */
  readonly sshOptions: readonly string[];

  constructor(
    /** Of the host's file that `lab up` wrote. */
    readonly path: string,
    private readonly lab: LabCommand,
  ) {
    const file = JSON.parse(readFileSync(path, "utf8")) as HostFile;
    this.name = file.name;
    this.ip = file.ip;
    this.suite = file.suite;
    this.privateKeyPath = file.privateKeyPath;
    this.privateKey = readFileSync(file.privateKeyPath, "utf8");
    this.hostKey = file.hostKey;
    this.hostKeys = { ed25519: file.hostKey, ecdsa: file.hostKeyEcdsa, rsa: file.hostKeyRsa };
    const pinned = [
      "StrictHostKeyChecking=yes",
      // It takes a list of files: the quotes keep a path with a blank in one piece.
      `UserKnownHostsFile="${file.knownHostsPath}"`,
      "GlobalKnownHostsFile=none",
    ];
    const keyOnly = [
      "BatchMode=yes",
      "IdentitiesOnly=yes",
      "IdentityAgent=none",
      "ConnectTimeout=10",
      "LogLevel=ERROR",
    ];
    this.sshOptions = ["-F", "none", "-i", file.privateKeyPath, ...[...keyOnly, ...pinned].flatMap((it) => ["-o", it])];
  }

  /** The same host, by an address that it has taken since. */
  at(address: string): LabHost {
    const name = ["-o", `HostKeyAlias=${this.ip}`];
    return Object.assign(Object.create(this) as LabHost, { ip: address, sshOptions: [...this.sshOptions, ...name] });
  }

  /** Runs a command line as user pi. The code is the command's own, 255 when SSH itself failed. */
  ssh(command: string, options: { readonly stdin?: string } = {}): Promise<Output> {
    return run("ssh", [...this.sshOptions, `${this.user}@${this.ip}`, command], options);
  }

  /** Runs a command line as root. */
  root(command: string, options: { readonly stdin?: string } = {}): Promise<Output> {
    return this.ssh(`sudo -n -- bash -c ${shellQuote(command)}`, options);
  }

  /** A file's text, read as root. */
  async readFile(path: string): Promise<string> {
    return mustSucceed(await this.root(`cat -- ${shellQuote(path)}`), `reading ${path} on ${this.name}`);
  }

  /** Replaces a file as root; an existing one keeps its owner and mode. */
  async writeFile(path: string, text: string): Promise<void> {
    mustSucceed(await this.root(`cat > ${shellQuote(path)}`, { stdin: text }), `writing ${path} on ${this.name}`);
  }

  /** Power cut: every process is gone at once, the disk stays. Only a host with a disk of its own can lose something of it. */
  async cut(unsynced: Unsynced = "kept"): Promise<void> {
    await this.lab("cut", this.name, "--unsynced", unsynced);
  }

  /** Power on after a cut; settles when SSH answers. */
  async boot(): Promise<void> {
    await this.lab("up", this.name);
  }

  /** A reboot as the host itself would do it; settles when SSH answers again. */
  async reboot(): Promise<void> {
    await this.lab("reboot", this.name);
  }
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function mustSucceed(output: Output, what: string): string {
  if (output.code !== 0) {
    throw new Error(`${what} failed with ${String(output.code)}: ${output.stderr.trim()}`);
  }
  return output.stdout;
}
