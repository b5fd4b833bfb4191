import * as pulumi from "@pulumi/pulumi";

import { visible } from "./visible";

/** Warns of something about a resource. */
export function warn(resource: pulumi.Resource, text: string): Promise<void> {
  return pulumi.log.warn(visible(text), resource);
}

/** Says something about a resource. */
export function inform(resource: pulumi.Resource, text: string): Promise<void> {
  return pulumi.log.info(visible(text), resource);
}

/**
 * An error of a resource that the engine prints as it is. Its text can't be changed, since the runtime would put "error
 * serializing property" before what comes to light late, and it is its own stack, since the runtime prints either.
 */
export function failure(resource: pulumi.Resource, text: string): Error {
  const message = visible(text);
  const error = new pulumi.ResourceError(message, resource, true);
  return Object.defineProperties(error, {
    message: { get: () => message, set: () => undefined },
    stack: { value: message },
  });
}
