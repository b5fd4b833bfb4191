import { once } from "node:events";
import type { Readable } from "node:stream";

import type { Unwrap } from "@pulumi/pulumi";
import type { ClientChannel } from "ssh2";

import type { Connection } from "../connection";
import { afterListening } from "./afterListening";
import { dial, type Hop } from "./dial";
import { printable, SshError } from "./error";
import { ABORTED, whenAborted } from "./whenAborted";

/** How a command ended, and what it printed. */
export interface SshResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command may print, so that a hostile host can't exhaust the memory. Bytes. */
const MOST_OUTPUT = 64 * 1024 * 1024;

/** Hosts that are talked to at a time: a fleet of 1,000 must not open 1,000 sockets at once. */
const MOST_AT_ONCE = 32;

/**
 * Runs one command on a host, over a connection of its own that is closed in any case. It logs in as the command plugin does
 * with the same connection, and the host's key is checked. Neither waiting for a turn nor what else the program does meanwhile
 * counts for a limit.
 *
 * @param signal - Ends it early, when nobody waits for it any more.
 *
 * @throws SshError
 */
export function runOverSsh(
  connection: Unwrap<Connection>,
  command: string,
  stdin: string,
  timeoutSeconds: number,
  signal?: AbortSignal,
): Promise<SshResult> {
  return inTurn(async () => {
    const hops: Hop[] = [];
    try {
      if (connection.proxy !== undefined) hops.unshift(await dial(connection.proxy, undefined, signal));
      const host = await dial(connection, hops[0], signal);
      hops.unshift(host);
      return await execute(host, command, stdin, timeoutSeconds, signal);
    } finally {
      for (const hop of hops) hop.close();
    }
  });
}

let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running < MOST_AT_ONCE) running += 1;
  else await new Promise<void>((go) => waiting.push(go));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

async function execute(
  host: Hop,
  command: string,
  stdin: string,
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<SshResult> {
  const stops: (() => void)[] = [];
  try {
    return await new Promise<SshResult>((resolve, reject) => {
      const fail = (got: string) => {
        reject(broken(host.name, got));
      };
      stops.push(
        afterListening(seconds, () => {
          fail(`none within ${seconds} s`);
        }),
        whenAborted(signal, () => {
          fail(ABORTED);
        }),
      );
      host.client.on("error", (error) => {
        fail(`${BROKE_OFF} (${error.message})`);
      });
      host.client.exec(command, (error, channel) => {
        if (error === undefined) collect(channel, stdin).then(resolve, reject);
        else fail(error.message);
      });
    });
  } catch (error) {
    throw error instanceof SshError ? error : broken(host.name, (error as Error).message);
  } finally {
    for (const stop of stops) stop();
  }
}

const BROKE_OFF = "the connection broke off";

function broken(name: string, got: string): SshError {
  const wanted = `${name}: expected the end of a command, got: ${printable(got)}`;
  return new SshError("broken", `${wanted}; try again, and if that is no help see the host's journal`);
}

function collect(channel: ClientChannel, stdin: string): Promise<SshResult> {
  return new Promise((resolve, reject) => {
    let left = MOST_OUTPUT;
    const pieces = (stream: Readable): Buffer[] => {
      const kept: Buffer[] = [];
      stream.on("error", reject).on("data", (piece: Buffer) => {
        left -= piece.length;
        if (left >= 0) kept.push(piece);
        else reject(new Error(`more than ${MOST_OUTPUT / 1024 / 1024} MiB of output`));
      });
      return kept;
    };
    const [stdout, stderr] = [pieces(channel), pieces(channel.stderr)];
    let [code, signal]: [code?: number | null, signal?: string] = [];
    channel.on("exit", (...how: [number | null, string?]) => ([code, signal] = how));
    // With the connection gone, this comes as well.
    void Promise.all([once(channel, "close"), once(channel.stderr, "close")]).then(() => {
      if (typeof code === "number")
        resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
      else reject(new Error(signal === undefined ? BROKE_OFF : `it was ended by ${signal}`));
    }, reject);
    channel.end(stdin);
  });
}
