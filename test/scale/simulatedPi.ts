import { createHash } from "node:crypto";

import { unpack } from "../support/unpack";

/**
 * A Pi as far as a program can tell: it takes a deployment by remembering it, and says what it remembers when it is looked at.
 * It answers in the words of observe.sh and apply.sh; that real Pis answer so is what test/up shows.
 */
export class SimulatedPi {
  private readonly machine: string;
  private generations = 0;
  private deployed: Deployed | undefined;

  constructor(name: string) {
    this.machine = sha256(name).slice(0, 32);
  }

  /** What observe.sh prints. */
  observe(): string {
    const now = Math.floor(Date.now() / 1000);
    const head = [`machine ${this.machine}`, `boot ${this.machine}`, "suite bookworm", `time ${now}`, "bare - -"];
    return text([...head, ...(this.deployed?.seen() ?? ["installed openssl iproute2"]), "end"]);
  }

  /** Takes the standard input of `sh -s apply`; gives what apply.sh prints when it is done. */
  apply(stdin: string): string {
    this.generations += 1;
    this.deployed = new Deployed(unpack(stdin), this.generations, this.machine);
    return text(this.deployed.report());
  }

  /** Somebody adds a line to the live ACL. */
  tamper(): void {
    this.deployed?.append("acl", "topic readwrite #\n");
  }
}

/** What a deployment left: what was written down then, and what is there now. */
class Deployed {
  private readonly state: string;
  private readonly generation: string;
  private readonly manifest: readonly string[];
  /** SHA-256 of the live files, by path. */
  private readonly digests: Map<string, string>;
  private readonly openTexts: Map<string, string>;
  private readonly listeners: readonly string[];
  /** What `observe` in process.sh tells. */
  private readonly facts: readonly string[];

  constructor(
    payload: ReadonlyMap<string, string>,
    generation: number,
    private readonly machine: string,
  ) {
    this.state = payload.get("state") ?? "";
    this.generation = `${String(generation).padStart(4, "0")}-${this.wanted("digest")[0] ?? ""}`;
    const content = (path: string) => payload.get(`files/${path}`) ?? "";
    const paths = this.files().map(([, , , path]) => path);
    this.digests = new Map([
      ...paths.map((path) => [path, sha256(content(path))] as const),
      ["state", sha256(this.state)],
    ]);
    this.openTexts = new Map(this.wanted("open").map((path) => [path, content(path)]));
    this.listeners = words(content("plan"), "listener").map((words) => words.split(" ").slice(0, 2).join(" "));
    this.facts = [
      "version 2.0.11",
      `loaded ${this.generation}`,
      "clients 14",
      "restored no",
      ...passwordFacts(content("passwd")),
    ];
    this.manifest = [`id ${payload.get("id")?.trim() ?? ""}`, ...this.describe()];
  }

  seen(): string[] {
    return [
      `concept ${this.wanted("concept")[0] ?? ""}`,
      ...["identity", "component"].map((whose) => `${whose} ${this.wanted(whose)[0] ?? ""}`),
      ...this.manifest.map((line) => `manifest ${line}`),
      ...this.describe().map((line) => `now ${line}`),
      ...[...this.openTexts].flatMap(([path, content]) => lines(content).map((line) => `line ${path}:${line}`)),
      ...this.facts.map((fact) => `fact ${fact}`),
    ];
  }

  report(): string[] {
    const facts = ["mosquitto 2.0.11", ...this.listeners.map((listener) => `listening ${listener}`)];
    const head = ["suite bookworm", `generation ${this.generation}`, "activation restart"];
    return [...head, ...facts.map((fact) => `fact ${fact}`)];
  }

  append(path: string, more: string): void {
    const content = (this.openTexts.get(path) ?? "") + more;
    this.openTexts.set(path, content);
    this.digests.set(path, sha256(content));
  }

  /** As describe.sh does. */
  private describe(): string[] {
    const files = [...this.files(), ["0644", "root", "root", "state"] as const];
    const folders = new Set(
      files.flatMap(([, , , path]) => (path.includes("/") ? [path.replace(/\/[^/]*$/, "")] : [])),
    );
    const entries = [
      ...[".", ...[...folders].map((path) => `./${path}`)].map((path) => `755 root:root d ${path}`),
      ...files.map(([mode, owner, group, path]) => `${mode.slice(1)} ${owner}:${group} f ./${path}`),
    ];
    return [
      `root ${this.wanted("root")[0] ?? ""}`,
      `machine ${this.machine}`,
      `generation ${this.generation}`,
      ...entries.map((entry) => `entry ${entry}`),
      ...[...this.digests].map(([path, digest]) => `bytes ${digest} ./${path}`),
      ...this.wanted("link").map((link) => `link ${link.replace(" ", ` ${this.wanted("root")[0] ?? ""}/current/`)}`),
      ...this.wanted("unit").map((unit) => `unit ${unit} active enabled`),
      ...this.wanted("package").map((name) => `package ${name} installed 2.0.11-1.2+deb12u2`),
    ];
  }

  private files(): [mode: string, owner: string, group: string, path: string][] {
    return this.wanted("file").map((line) => line.split(" ") as [string, string, string, string]);
  }

  /** What follows `kind` in each line of the desired state that starts with it. */
  private wanted(kind: string): string[] {
    return words(this.state, kind);
  }
}

function passwordFacts(passwd: string): string[] {
  const users = lines(passwd).filter((line) => !line.startsWith("pulumi-canary:"));
  const digest = sha256(text(users)).slice(0, 16);
  const names = users.map((line) => `summary passwd user ${line.split(":")[0] ?? ""}`);
  return [`passwords ${digest}`, ...names, `summary passwd digest of the password hashes: ${digest}`];
}

function words(content: string, kind: string): string[] {
  return lines(content).flatMap((line) => (line.startsWith(`${kind} `) ? [line.slice(kind.length + 1)] : []));
}

function lines(content: string): string[] {
  return content.replace(/\n$/, "").split("\n");
}

function text(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join("");
}

function sha256(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}
