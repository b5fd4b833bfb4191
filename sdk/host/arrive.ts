import { setTimeout as pause } from "node:timers/promises";

import type { Unwrap } from "@pulumi/pulumi";

import type { Connection } from "./connection";
import { confirmScript } from "./scripts";
import { asRoot } from "./ssh/asRoot";
import { SshError } from "./ssh/error";
import { runOverSsh, type SshResult } from "./ssh/run";

/** A host that is about to be somewhere else. */
export interface Move {
  readonly concept: string;
  /** What the deployment was fed: it is this very change that is confirmed. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Seconds that the host waits for us. */
  readonly patience: number;
}

/** Milliseconds that the host lets pass before it changes anything: see hooks.sh. */
const LEAVES_AFTER = 2000;
/** Seconds, beside its patience, in which the host has to be somewhere. By itself it goes back within the first 30 of them. */
const MORE_SECONDS = 90;
/** Seconds that a login may take, and then what is asked: to confirm, until the end of the transaction; to tell, not even a second. */
const LOGIN = 10;
const ANSWER = { confirm: 60, tell: 5 };
/** What a connection is told, for the next one. */
const WORD = /^[0-9a-f-]{36}$/;
/** Exit codes for a host that is still at it: of confirm.sh, and of timeout(1). */
const TRY_AGAIN: readonly unknown[] = [75, 124];

/**
 * Confirms a change over a connection to where the host is by now: the same login, the same host key.
 *
 * @returns what went wrong, and where the host is; undefined when all went well.
 */
export async function arrive(login: Unwrap<Connection>, move: Move): Promise<string | undefined> {
  const { from, to } = move;
  await pause(LEAVES_AFTER);
  const over = new AbortController();
  const asked = (host: string, what: keyof typeof ANSWER) => ask({ ...login, host }, move, what, over.signal);
  const there = asked(to, "confirm");
  const back = from === to ? there : asked(from, "tell");
  // It may still be reached the former way, by a name or another device, and tell of a change that is confirmed already.
  const hasGoneBack = (answer: SshResult | SshError) => !(answer instanceof SshError) && answer.code !== 0;
  const first = await Promise.race([there, back.then((answer) => (hasGoneBack(answer) ? undefined : there))]);
  over.abort();
  if (first === undefined) {
    const [tried, told] = await Promise.all([there, back]);
    // Somebody answers there who is another host, or does not let us in.
    const other = tried instanceof SshError && tried.failure !== "unreachable" ? `\n${tried.message}` : "";
    return `the host was not reached at ${to}, and has gone back\n${wordsOf(from, told as SshResult)}${other}`;
  }
  if (first instanceof SshError)
    return `the host was not reached at ${to}, and is not back at ${from}; it goes back at the latest when it is switched off and on: ${first.message}`;
  return first.code === 0 ? undefined : `the change was taken back\n${wordsOf(to, first)}`;
}

/**
 * Asks until there is an answer. A host that moves is not there, or drops connections. That a connection is newer than the change
 * shows in the word that the one before was told.
 */
async function ask(
  login: Unwrap<Connection>,
  { concept, id, patience }: Move,
  what: keyof typeof ANSWER,
  over: AbortSignal,
): Promise<SshResult | SshError> {
  let word = "-";
  let last: SshResult | SshError | undefined;
  const brief = { ...login, perDialTimeout: LOGIN, dialErrorLimit: 1 };
  const end = performance.now() + (patience + MORE_SECONDS) * 1000;
  for (;;) {
    const command = asRoot(`timeout ${ANSWER[what]} sh -s ${concept} ${what} ${word} ${id}`);
    const result = await runOverSsh(brief, command, confirmScript(), ANSWER[what], over).catch(sshError);
    if (!(result instanceof SshError) && !TRY_AGAIN.includes(result.code)) return result;
    // What came of a try that was broken off says nothing.
    if (over.aborted) return last ?? result;
    if (performance.now() > end) return result;
    last = result;
    const told = result instanceof SshError ? "" : result.stdout.trim();
    if (WORD.test(told)) word = told;
    else await pause(500);
  }
}

function sshError(error: unknown): SshError {
  if (error instanceof SshError) return error;
  throw error;
}

function wordsOf(address: string, { stderr }: SshResult): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  return [`what it says, at ${address}:`, ...lines.map((line) => `  ${line.replace(/\p{C}/gu, "?")}`)].join("\n");
}
