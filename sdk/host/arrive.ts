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
}

/** Seconds in which the host has to answer at its new address. It waits a minute itself: see hooks.sh. */
const MOST_TO_ARRIVE = 45;
/** Seconds in which it has to be back, after that. NetworkManager goes back by itself after a minute and a half. */
const MOST_TO_RETURN = 90;
/** Seconds that the rest of its transaction may take once it was confirmed; and when it was not. */
const MOST_TO_END = { yes: 60, no: 120 };

/**
 * Confirms a change over a connection to where the host is by now: the same login, the same host key.
 *
 * @returns what went wrong, and where the host is; undefined when all went well.
 */
export async function arrive(login: Unwrap<Connection>, move: Move): Promise<string | undefined> {
  const { from, to } = move;
  const there = await asked({ ...login, host: to }, move, "yes", MOST_TO_ARRIVE);
  if (!(there instanceof SshError)) return there.code === 0 ? undefined : saidBy(to, there);
  const back = await asked({ ...login, host: from }, move, "no", MOST_TO_RETURN);
  const away = `the host cannot be reached at ${to}: ${there.message}`;
  if (back instanceof SshError)
    return `${away}\nIt is not back at ${from} either: ${back.message}\nIt goes back by itself; at the latest when its power is switched off and on.`;
  return [`${away}\nIt has gone back to its former settings, and answers at ${from}.`, saidBy(from, back)].join("\n");
}

/** Asks until there is an answer. A host that moves is not there, or drops connections. */
async function asked(
  login: Unwrap<Connection>,
  { concept, id }: Move,
  answer: "yes" | "no",
  seconds: number,
): Promise<SshResult | SshError> {
  const command = asRoot(`timeout ${MOST_TO_END[answer]} sh -s ${concept} ${answer} ${id}`);
  const patient = { ...login, perDialTimeout: 5, dialErrorLimit: 1 };
  const end = performance.now() + seconds * 1000;
  for (;;) {
    try {
      return await runOverSsh(patient, command, confirmScript(), MOST_TO_END[answer]);
    } catch (error) {
      if (!(error instanceof SshError)) throw error;
      if (performance.now() > end) return error;
      await pause(1000);
    }
  }
}

function saidBy(address: string, { stderr }: SshResult): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  return [`What it says (${address}):`, ...lines.map((line) => `  ${line.replace(/\p{C}/gu, "?")}`)].join("\n");
}
