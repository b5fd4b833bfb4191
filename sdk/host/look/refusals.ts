import type { DesiredState } from "../desired";
import { printable } from "../ssh/error";
import { SUITES } from "../suite";
import type { Observation, Owner } from "./observation";

/** What a preview knows of what is wanted. The identity of a new component is not known yet, and is nobody's on any host. */
type Wanted = Pick<DesiredState, "concept" | "suite"> & Partial<Owner>;

/**
 * Why `pulumi up` would refuse a host, in words; nothing when it would not. apply.sh does, by the same tests.
 *
 * @param others - The concept's own reasons.
 */
export function refusalLines(
  host: string,
  { suite, concepts }: Observation,
  wanted: Wanted,
  others: readonly string[] = [],
): string[] {
  const { concept } = wanted;
  const owner = otherOwner(concept, concepts.get(concept)?.owner, wanted);
  const reasons = [...otherSuite(suite, wanted.suite), ...owner, ...(owner.length === 0 ? others : [])];
  if (reasons.length === 0) return [];
  return [`\`pulumi up\` would refuse ${host}, and change nothing there`, ...reasons.map((it) => `  ${it}`)];
}

function otherSuite(suite: string, expected = suite): string[] {
  if (!SUITES.some((known) => known === suite))
    return [`host: expected Raspberry Pi OS ${SUITES.join(" or ")}, got "${suite}"; flash one of these`];
  if (suite === expected) return [];
  const fix = `set suite: "${suite}" on its RaspberryPi, or check that this is the right host`;
  return [`suite: expected "${expected}" on this host, got "${suite}"; ${fix}`];
}

function otherOwner(concept: string, owner: Owner | undefined, { identity, component }: Wanted): string[] {
  if (owner === undefined || identity === undefined || owner.identity === identity) return [];
  const which = owner.component === component ? " (of this name, but not the one in this stack's state)" : "";
  const fix =
    "destroy that one first (or give yours an alias if it was renamed). If it is gone for good, run on the host: " +
    `sudo rm /var/lib/pulumi-mosquitto-pi/${concept}/identity`;
  return [
    `${concept} on this host belongs to another Pulumi resource, "${printable(owner.component)}"${which}; ${fix}`,
  ];
}
