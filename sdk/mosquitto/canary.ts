import { createHash, createHmac } from "node:crypto";

import { passwordHash } from "./password";

/** The user that the tool itself logs in as, to see that the live broker runs the generation it should. */
export const CANARY = "pulumi-canary";

/** How the canary logs in. */
export interface Canary {
  readonly password: string;
  readonly passwordHash: string;
}

/**
 * A login that only exists in one generation: its password follows from that generation's files, so a broker that accepts
 * it runs exactly these.
 *
 * @param seed - Secret, and the same in every run.
 */
export function canary(seed: string, files: readonly { readonly path: string; readonly content: string }[]): Canary {
  const digest = createHash("sha256")
    .update(JSON.stringify(files.map(({ path, content }) => [path, content])))
    .digest();
  const derive = (use: string) => createHmac("sha256", seed).update(use).update(digest).digest();
  const password = derive("password").toString("base64url");
  return { password, passwordHash: passwordHash(password, derive("salt").subarray(0, 12), 101) };
}
