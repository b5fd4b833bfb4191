// Runs a program and all that it starts, which end together.
import { spawn } from "node:child_process";

/** Milliseconds in which what is told to end may tidy up: labs have Pis to switch off. */
const GRACE = 60_000;

/**
 * Settles with how the program ended, when its whole process group is gone. At the limit, or when this process itself is told to
 * end, the group is told so, too, and killed when it has not ended within the grace.
 *
 * @returns {Promise<{ code: number, stopped?: string }>} `stopped` says why, if it did not end by itself.
 */
export async function runStage([command, ...args], { limit, grace = GRACE, ...options }) {
  // Detached: a process group of its own.
  const child = spawn(command, args, { ...options, detached: true });
  const signalGroup = (signal) => {
    try {
      process.kill(-child.pid, signal);
      return true;
    } catch {
      return false;
    }
  };
  let stopped;
  let killing;
  const stop = (reason, signal) => {
    stopped ??= reason;
    signalGroup(signal);
    killing ??= setTimeout(() => signalGroup("SIGKILL"), grace);
  };
  const ending = setTimeout(() => stop(`it has not ended within ${limit} ms`, "SIGTERM"), limit);
  const onSignal = (signal) => stop(signal, signal);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    const code = await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => resolve(code ?? 1));
    });
    while (stopped !== undefined && signalGroup(0)) await new Promise((resolve) => setTimeout(resolve, 50));
    return { code, stopped };
  } finally {
    clearTimeout(ending);
    clearTimeout(killing);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

/** By which a person, a terminal that closes, or CI ends a run. */
export const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
