/**
 * What went wrong with a host over SSH:
 * - `"unreachable"`: no SSH connection came about;
 * - `"host key"`: somebody answered, but not with the key that was expected;
 * - `"login"`: the host is the right one, and did not let us in;
 * - `"broken"`: logged in, but the command did not run to its end.
 */
export type SshFailure = "unreachable" | "host key" | "login" | "broken";

/** Names the host, what was expected, what came, and what to do. Never holds a secret. */
export class SshError extends Error {
  override readonly name = "SshError";

  constructor(
    readonly failure: SshFailure,
    message: string,
  ) {
    super(message);
  }
}

/** Words of an error or of the host for a terminal: no control characters, no end of it that could fill a screen. */
export function printable(text: string): string {
  return text
    .replace(/[\p{C}\s]+/gu, " ")
    .trim()
    .slice(0, 200);
}
