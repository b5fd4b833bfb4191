import type { Identity, Target } from "./target";

/** What one client tried, what came back, and whether that is right. */
export interface Finding {
  readonly tried: string;
  readonly came: string;
  readonly ok: boolean;
}

export interface Scene {
  readonly target: Target;
  /** File with the target's authority, for programs that take files. */
  readonly caFile: string;
  /** Somebody who says to be sensor1, with a certificate of their own making. */
  readonly stranger: Identity;
}

export interface Check {
  readonly tried: string;
  readonly run: (scene: Scene) => Promise<Omit<Finding, "tried">>;
}

/** An error in one line, with MQTT's reason code where it has one. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [line = ""] = error.message.split("\n");
  if ("code" in error && typeof error.code === "number") return `${line} (reason code ${String(error.code)})`;
  return opensslReason(line) ?? line;
}

/** The words of `…:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:…`, the first in a text. */
export function opensslReason(text: string): string | undefined {
  return /\berror:[0-9A-F]+:[^:]*:[^:]*:([^:\n]+)/.exec(text)?.[1];
}
