import { connect, isIPv6 } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";

import { Client, type Algorithms } from "ssh2";

import { afterListening } from "./afterListening";
import { Means, type LibraryError, type Login } from "./auth";
import { printable, SshError } from "./error";
import { HostIdentity } from "./hostKey";
import { ABORTED, whenAborted } from "./whenAborted";

/** A host that let us in. */
export interface Hop {
  readonly client: Client;
  /** `host:port`, for error texts. */
  readonly name: string;
  close(): void;
}

const DIAL_TIMEOUT_SECONDS = 15;
const DIAL_ERROR_LIMIT = 10;

/**
 * Cheap ones first, so that a host that has them all (any sshd of the last ten years) is logged in to with the least work on
 * either side: curve25519 is the fastest key exchange, AES-GCM needs no separate MAC and is one call of OpenSSL a packet. What
 * follows is for hardened hosts that take little. No SHA-1, no CBC. The few kilobytes that go over are not worth compressing.
 */
const ALGORITHMS: Algorithms = {
  kex: [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group14-sha256",
  ],
  cipher: [
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes256-ctr",
    "chacha20-poly1305@openssh.com",
  ],
  hmac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
  compress: ["none"],
};

/**
 * Logs in, directly or through a bastion. A connection that is refused or dropped is tried again: sshd drops some while many log
 * in at once (MaxStartups), and a host that is booting refuses them for a while.
 * @throws SshError
 */
export async function dial(login: Login, bastion?: Hop, signal?: AbortSignal): Promise<Hop> {
  const { perDialTimeout = DIAL_TIMEOUT_SECONDS, dialErrorLimit = DIAL_ERROR_LIMIT } = login;
  const name = nameOf(login, bastion);
  const end = performance.now() + (perDialTimeout || DIAL_TIMEOUT_SECONDS) * 1000;
  for (let failures = 1; ; failures += 1) {
    const seconds = perDialTimeout === 0 ? undefined : (end - performance.now()) / 1000;
    try {
      return await attempt(login, name, { bastion, seconds, signal });
    } catch (error) {
      if (error instanceof SshError) throw error;
      const got = (error as Error).message;
      if (!(error instanceof Dropped)) throw unreachable(name, got);
      const wait = Math.min(100 * 2 ** failures, 1000) * (0.5 + Math.random() / 2);
      const enough = dialErrorLimit !== -1 && failures >= dialErrorLimit;
      if (enough || performance.now() + wait >= end)
        throw unreachable(name, failures === 1 ? got : `${got}, ${failures} times`);
      await pause(wait);
    }
  }
}

function nameOf({ host, port = 22 }: Login, bastion: Hop | undefined): string {
  const name = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return bastion === undefined ? name : `${name} (through ${bastion.name})`;
}

/** A connection that may well be taken a moment later. */
class Dropped extends Error {}

function unreachable(name: string, got: string): SshError {
  const fix = "is it on, is SSH enabled there, and are `host` and `port` right?";
  return new SshError("unreachable", `${name}: expected an SSH server, got ${printable(got)}; ${fix}`);
}

interface Way {
  readonly bastion: Hop | undefined;
  readonly seconds: number | undefined;
  readonly signal: AbortSignal | undefined;
}

async function attempt(login: Login, name: string, { bastion, seconds, signal }: Way): Promise<Hop> {
  const means = new Means(name, login);
  const client = new Client();
  let socket: Duplex | undefined;
  const stops: (() => void)[] = [];
  const late = new Promise<never>((_, reject) => {
    const got = `no login within ${login.perDialTimeout ?? DIAL_TIMEOUT_SECONDS} s`;
    if (seconds !== undefined)
      stops.push(
        afterListening(seconds, () => {
          reject(unreachable(name, got));
        }),
      );
    stops.push(
      whenAborted(signal, () => {
        reject(unreachable(name, ABORTED));
      }),
    );
  });
  const close = () => {
    client.end();
    // end() waits for the other side to close, too; a hostile one would not.
    socket?.destroy();
    means.close();
  };
  try {
    socket = await Promise.race([openSocket(login, name, bastion), late]);
    await Promise.race([logIn(client, socket, login, name, means), late]);
    return { client, name, close };
  } catch (error) {
    close();
    throw error;
  } finally {
    for (const stop of stops) stop();
  }
}

function openSocket({ host, port = 22 }: Login, name: string, bastion: Hop | undefined): Promise<Duplex> {
  // Node's own 250 ms for each address of a name would give a Pi behind a slow line no chance.
  const options = { host, port, noDelay: true, autoSelectFamilyAttemptTimeout: 3000 };
  if (bastion === undefined) return Promise.resolve(connect(options));
  return new Promise((resolve, reject) => {
    bastion.client.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(/refused/i.test(error.message) ? new Dropped(error.message) : unreachable(name, error.message));
    });
  });
}

function logIn(client: Client, sock: Duplex, login: Login, name: string, means: Means): Promise<void> {
  const identity = new HostIdentity(name, login.hostKey);
  return new Promise((resolve, reject) => {
    client
      .once("ready", resolve)
      .once("close", () => {
        reject(new Dropped(CLOSED));
      })
      // Stays for good: ssh2 also emits errors after the end, and one without a listener would end the program.
      .on("error", (error: LibraryError) => {
        if (means.goesOnAfter(error)) return;
        reject(identity.failureOf(error) ?? means.refusal(error) ?? asFailure(error, name));
      })
      .connect({
        sock,
        username: login.user ?? "root",
        readyTimeout: 0,
        algorithms: { ...ALGORITHMS, serverHostKey: identity.kinds },
        hostVerifier: (key: Buffer) => identity.accepts(key),
        authHandler: means.inOrder(),
      });
  });
}

const CLOSED = "a connection that was closed before the login, as sshd does while too many log in (MaxStartups)";
const RESETS: readonly unknown[] = ["ECONNRESET", "EPIPE"];

function asFailure({ level, code, message }: LibraryError, name: string): Error {
  const isReset = level === "client-socket" && RESETS.includes(code);
  if (isReset || message.startsWith("Connection lost before handshake")) return new Dropped(CLOSED);
  const got = message || String(code);
  return typeof code === "number" || code === "ECONNREFUSED" ? new Dropped(got) : unreachable(name, got);
}
