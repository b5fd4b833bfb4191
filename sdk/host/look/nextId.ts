import { createHash } from "node:crypto";

import { all, type ConceptSeen, type Observation } from "./observation";

/**
 * What is fed to the next deployment, so that the engine sees whether there is anything to do. As long as the host is as the
 * last deployment left it, and that is what is wanted, it is what that deployment was fed. Else it follows from that and
 * from what was seen, a try that failed included, not from a clock: preview and up agree.
 *
 * @param digest - Of the desired state.
 */
export function nextId(observation: Observation, concept: string, digest: string): string {
  const seen = observation.concepts.get(concept);
  const tried = seen?.begun ? [seen.begun] : [];
  if (seen?.id === undefined) return hash([observation.fingerprint, seen?.forgotten ?? "", ...tried]);
  const isDeployed = deployedDigest(seen) === digest;
  return seen.drift.length === 0 && isDeployed
    ? seen.id
    : hash([seen.id, seen.drift, isDeployed ? "" : digest, ...tried]);
}

/** The digest of the desired state that was deployed last. */
export function deployedDigest({ manifest }: ConceptSeen): string | undefined {
  return all(manifest, "generation")[0]?.replace(/^\d+-/, "");
}

function hash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}
