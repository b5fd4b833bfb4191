import { createHash } from "node:crypto";

import type { DesiredFile, DesiredState } from "../../sdk/host/desired";
import { type Observation, observationOf } from "../../sdk/host/look/observation";

/** A file as a broker's generation has it. */
export function file(path: string, content: string, more: Partial<DesiredFile> = {}): DesiredFile {
  return { path, content, mode: "0644", owner: "root", group: "root", shown: "content", ...more };
}

/** A desired state with these files, and nothing of a real broker's. */
export function desiredWith(files: readonly DesiredFile[], more: Partial<DesiredState> = {}): DesiredState {
  return {
    concept: "mosquitto",
    component: "project/stack/broker",
    identity: "0123456789abcdef",
    root: "/etc/mosquitto",
    packages: ["mosquitto"],
    units: ["mosquitto.service"],
    links: [],
    scripts: { "hooks.sh": "#!/bin/sh\n" },
    files,
    ...more,
  };
}

/** What describe.sh says of a host where all is well: the lines of its manifest, but for those of the live folder. */
export const HOST = [
  "root /etc/mosquitto",
  "machine 0f0f",
  "generation 0001-0123456789ab",
  "folder 750 root:root d /etc/mosquitto",
  "folder 755 root:root d /etc/mosquitto/generations",
  "link /etc/systemd/system/mosquitto.service.d/50.conf /etc/mosquitto/current/systemd.conf",
  "unit mosquitto.service active enabled",
  "package mosquitto installed 2.0.11-1.2+deb12u2",
];

/** What describe.sh says of a file. */
export function describedFile(path: string, content: string, entry = "644 root:root f"): string[] {
  return [`entry ${entry} ./${path}`, `bytes ${createHash("sha256").update(content).digest("hex")} ./${path}`];
}

/** The same, with a folder and two files. */
export const LEFT = [
  ...HOST,
  "entry 755 root:root d .",
  ...describedFile("acl", "topic read a\n", "600 mosquitto:mosquitto f"),
  ...describedFile("conf.d/tls.conf", "listener 8883\n"),
];

/** What observe.sh prints of a host, but for what is its own. */
export const HEAD = ["machine 0f0f", "boot b1", "suite bookworm", "time 1790000000", "bare /var/lib 2026-01-01"];

/** What is seen of one concept of a host. */
export interface Seen {
  /** The id in the manifest; none is left when it is null. */
  readonly id?: string | null;
  readonly manifest?: readonly string[];
  readonly now?: readonly string[];
  /** Lines of observe.sh beside these: `fact clients 14`. */
  readonly more?: readonly string[];
}

/** What observe.sh prints of a host with a broker. */
export function printed({ id = "i0", manifest = HOST, now = manifest, more = [] }: Seen = {}, head = HEAD): string {
  const known = [`manifest id ${String(id)}`, ...manifest.map((l) => `manifest ${l}`), ...now.map((l) => `now ${l}`)];
  return [...head, "concept mosquitto", ...(id === null ? [] : known), ...more, "end", ""].join("\n");
}

/** The same, read. */
export function observed(seen?: Seen, head?: string[]): Observation {
  return observationOf({ code: 0, stdout: printed(seen, head), stderr: "" }, "pi");
}
