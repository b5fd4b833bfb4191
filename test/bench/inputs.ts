import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { LabHost } from "../lab";
import { BenchAuthority, type Pair } from "./certificates";
import { type Fleet, fleet, type Variant, VARIANTS } from "./fleet";

/** What all tools are given, in each variant. */
export interface Inputs {
  readonly folder: string;
  readonly hosts: readonly LabHost[];
  readonly authority: BenchAuthority;
  readonly fleet: (variant: Variant) => Fleet;
  /** The server certificate of a host, for tools that issue none themselves. */
  readonly certificate: (variant: Variant, host: LabHost) => Pair;
}

/** Makes the inputs: `size` users and rules, and two certificates for each host. */
export async function makeInputs(folder: string, hosts: readonly LabHost[], size: number): Promise<Inputs> {
  const certificates = join(folder, "authority");
  mkdirSync(certificates);
  const authority = await BenchAuthority.make(certificates);
  const pairs = new Map<string, Pair>();
  for (const { name, ip } of hosts)
    for (const renewed of [false, true])
      pairs.set(
        `${name} ${renewed}`,
        await authority.issue(`${name}.local`, `DNS:${name}.local,DNS:localhost,IP:${ip},IP:127.0.0.1,IP:::1`),
      );
  const fleets = new Map(VARIANTS.map((variant) => [variant, fleet(size, variant)]));
  return {
    folder,
    hosts,
    authority,
    fleet: (variant) => found(fleets.get(variant)),
    certificate: (variant, { name }) => found(pairs.get(`${name} ${variant === "certificate"}`)),
  };
}

/** Writes the files of each variant below a folder; `input` there leads to those that are on: `hosts.sh` sets it. */
export function writeVariants(
  folder: string,
  files: (variant: Variant) => Readonly<Record<string, string | Buffer>>,
): void {
  for (const variant of VARIANTS)
    for (const [name, content] of Object.entries(files(variant))) {
      const path = join(folder, variant, name);
      mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
      writeFileSync(path, content, { mode: 0o600 });
    }
  symlinkSync("base", join(folder, "input"));
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("no such variant or host");
  return value;
}
