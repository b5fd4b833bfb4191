import { type HostSpec, Lab, type LabHost } from "../lab";
import { asRoot } from "../up/support/host";
import { piOf, Stack } from "../up/support/stack";
import { sourceFrom } from "./source";
import { Victim } from "./victim";

const SUITES = ["bookworm", "trixie"] as const;

/** Hosts of both suites with disks that lose what is not synced, a stack for each suite, and all that is known of them. */
export class Field implements AsyncDisposable {
  private constructor(
    private readonly lab: Lab,
    readonly stacks: readonly { readonly stack: Stack; readonly host: LabHost }[],
    readonly victims: readonly Victim[],
  ) {}

  static async prepare(hosts: number): Promise<Field> {
    const specs = Array.from({ length: hosts }, (_, i): HostSpec => ({
      name: `pi${i}`,
      suite: SUITES[i % 2] ?? "trixie",
    }));
    const lab = await Lab.start(specs, { hasDisks: true });
    const stacks = SUITES.slice(0, hosts).map((_, i) => ({ stack: new Stack(), host: lab.host(`pi${i}`) }));
    try {
      // What is not about packages need not wait for them.
      await Promise.all(specs.map(({ name }) => asRoot(lab.host(name), PACKAGES)));
      const sources = await Promise.all(stacks.map(({ stack, host }) => sourceFrom(stack, host, { pi: piOf(host) })));
      const victims = await Promise.all(
        specs.map(async ({ name }, i) => {
          const source = sources[i % sources.length];
          if (source === undefined) throw new Error("no host");
          const host = lab.host(name);
          return Victim.prepare(host, source.payloads, source.probe(host.ip));
        }),
      );
      return new Field(lab, stacks, victims);
    } catch (error) {
      await end(lab, stacks);
      throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return end(this.lab, this.stacks);
  }
}

const PACKAGES =
  "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends mosquitto mosquitto-clients openssl iproute2 >/dev/null 2>&1 && sync";

async function end(lab: Lab, stacks: Field["stacks"]): Promise<void> {
  for (const { stack } of stacks) await stack[Symbol.asyncDispose]();
  await lab.stop();
}
