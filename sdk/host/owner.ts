import { createHash } from "node:crypto";

import type { DesiredState } from "./desired";

/** What makes a component's part of a host its own; `ownerOf` takes it. */
export interface Identity {
  readonly seed: string;
  readonly component: string;
}

/**
 * Whose a concept on a host is.
 *
 * @param seed - The identity follows from it; different for every component. May be secret.
 * @param component - For people: `project/stack/name`. A resource may have any name; odd characters become `?`.
 */
export function ownerOf(seed: string, component: string): Pick<DesiredState, "component" | "identity"> {
  return {
    component: component.replace(/[^A-Za-z0-9._/@:+ -]/g, "?"),
    identity: createHash("sha256").update(seed).digest("hex").slice(0, 16),
  };
}
