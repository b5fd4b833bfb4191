import { setTimeout as pause } from "node:timers/promises";

import type { Unwrap } from "@pulumi/pulumi";

import type { Connection } from "./connection";
import { SshError } from "./ssh/error";
import { runOverSsh } from "./ssh/run";

/** Seconds in which a host that restarts has to be back: it may check its card on the way. */
const MOST_SECONDS = 600;
/** Seconds that one look may take. */
const LOGIN = 10;

/**
 * Waits until a host has restarted, and logins are let in again.
 *
 * @param boot - The id of the boot that ends.
 * @returns what went wrong; undefined when all went well.
 */
export async function restarted(login: Unwrap<Connection>, boot: string): Promise<string | undefined> {
  const end = performance.now() + MOST_SECONDS * 1000;
  const brief = { ...login, perDialTimeout: LOGIN, dialErrorLimit: 1 };
  let reason = "it did not go down";
  while (performance.now() < end) {
    await pause(1000);
    try {
      const { code, stdout } = await runOverSsh(brief, "cat /proc/sys/kernel/random/boot_id", "", LOGIN);
      if (code === 0 && stdout.trim() !== boot) return undefined;
    } catch (error) {
      if (!(error instanceof SshError)) throw error;
      reason = error.message;
    }
  }
  return `the host was restarted for its upgrades, and was not back at ${login.host} within ${MOST_SECONDS / 60} minutes: ${reason}`;
}
