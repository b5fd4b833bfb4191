import type { Target } from "./target";

/** The target that the outputs of examples/home (`pulumi stack output --json --show-secrets`) describe. */
export function homeTarget(address: string, outputs: Readonly<Record<string, unknown>>): Target {
  const { url, caPem, passwords, sensor1Certificate } = outputs as unknown as HomeOutputs;
  return { address, hostnames: [new URL(url).hostname], caPem, passwords, certificate: sensor1Certificate };
}

interface HomeOutputs {
  readonly url: string;
  readonly caPem: string;
  readonly passwords: Target["passwords"];
  readonly sensor1Certificate: Target["certificate"];
}
