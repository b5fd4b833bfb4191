import { type HostSpec, Lab, type LabHost } from "../lab";
import { asRoot } from "../up/support/host";
import { piOf, Stack } from "../up/support/stack";
import { type Road, sourceFrom } from "./source";
import type { Site } from "./upRound";
import { Victim } from "./victim";
import { Wire } from "./wire";

const SUITES = ["bookworm", "trixie"] as const;

/** Hosts of both suites with disks that lose what is not synced, a stack for each suite, and all that is known of them. */
export class Field implements AsyncDisposable {
  private constructor(
    private readonly lab: Lab,
    /** The first of each suite, with the stack that the others' payloads are from, too. */
    readonly sites: readonly Site[],
    readonly victims: readonly Victim[],
  ) {}

  static async prepare(hosts: number): Promise<Field> {
    const specs = Array.from({ length: hosts }, (_, i): HostSpec => ({
      name: `pi${i}`,
      suite: SUITES[i % 2] ?? "trixie",
    }));
    const lab = await Lab.start(specs, { hasDisks: true });
    const roads: Road[] = [];
    try {
      await Promise.all(specs.map(({ name }) => asRoot(lab.host(name), PACKAGES)));
      for (const { name } of specs.slice(0, SUITES.length)) roads.push(await roadTo(lab.host(name)));
      const sources = await Promise.all(roads.map((road) => sourceFrom(road)));
      const victims = await Promise.all(
        specs.map(({ name }, i) => Victim.prepare(lab.host(name), nth(sources, i % sources.length))),
      );
      const sites = roads.map((road, i) => ({ ...road, victim: nth(victims, i) }));
      return new Field(lab, sites, victims);
    } catch (error) {
      await end(lab, roads);
      throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return end(this.lab, this.sites);
  }
}

async function roadTo(host: LabHost): Promise<Road> {
  const wire = await Wire.to(host.ip);
  const hosts = { pi: piOf(host, wire.port) };
  return { stack: new Stack(), host, wire, hosts };
}

async function end(lab: Lab, roads: readonly Road[]): Promise<void> {
  for (const { stack, wire } of roads) {
    wire[Symbol.dispose]();
    await stack[Symbol.asyncDispose]();
  }
  await lab.stop();
}

function nth<T>(things: readonly T[], i: number): T {
  const found = things[i];
  if (found === undefined) throw new Error(`there are ${things.length}, not ${i + 1}`);
  return found;
}

const PACKAGES =
  "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends mosquitto mosquitto-clients openssl iproute2 >/dev/null 2>&1 && sync";
