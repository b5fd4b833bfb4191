import { createHash, X509Certificate } from "node:crypto";

import { KeyAlgorithm } from "../tls/model";
import { CANARY } from "./canary";
import type { ListenerName } from "./listeners";
import { type Quirk, quirksOf } from "./versions";

/** What is known of a broker and of what will become of it. */
export interface Situation {
  /** Paths of the files that will not be the same, relative to the generation: `conf.d/tls.conf`. */
  readonly changes: readonly string[];
  /**
   * The server's certificate now and then, PEM; undefined where there is none, or where it is not known yet. And the kind of key
   * that it is issued for, if it is.
   */
  readonly certificate: {
    readonly live?: string | undefined;
    readonly wanted?: string | undefined;
    readonly algorithm?: KeyAlgorithm | undefined;
  };
  /** Whether users' lines of the password file will be other ones: see {@link passwordsDigest}. */
  readonly hasOtherPasswords: boolean;
  /** What is running: the live generation, something else, or nothing. */
  readonly runs: "live" | "other" | "nothing";
  /** The listeners as they will be. */
  readonly listeners: readonly ListenerName[];
  /** Whether one of them has a limit: `maxConnections`, `maxQos`. */
  readonly limitsListeners: boolean;
  /** Whether a reload is enough for other authorities. */
  readonly takesAuthorities: boolean;
  /** Whether sessions are kept on disk. */
  readonly persistence: boolean;
  /** Version of mosquitto that is installed: `2.0.11`. */
  readonly version: string | undefined;
  /** Whether the running process took sessions from its database when it started. */
  readonly restored: "yes" | "no" | "unknown";
}

/** What it takes to make a change live. */
export interface Activation {
  readonly kind: "nothing" | "reload" | "restart" | "start";
  /** Why it is not less; empty where it is nothing or a reload. */
  readonly why: string;
  /** When it is a restart all the same: only the Pi finds out. */
  readonly uncertain?: string;
}

/** What `activate` of the host's hooks will do, as far as it can be known before. */
export function foresee(situation: Situation): Activation {
  const { runs, changes } = situation;
  if (runs === "nothing") return { kind: "start", why: "it does not run" };
  if (runs === "other") return { kind: "restart", why: "it runs something else than the configuration before" };
  const files = changes.filter(isRead).sort();
  if (files.length === 0) return { kind: "nothing", why: "" };
  const [why = liftedLimits(situation)] = files.flatMap((file) => restartReason(file, situation) ?? []);
  if (why !== undefined) return { kind: "restart", why };
  const causes = [keyDoubt(files, situation), reloadHarm(situation), cutDoubt(files)].filter(
    (cause) => cause !== undefined,
  );
  return { kind: "reload", why: "", ...(causes.length === 0 ? {} : { uncertain: causes.join(", or if ") }) };
}

/** Of a password file without the canary; the hook `observe` tells the live one's as `passwords`. */
export function passwordsDigest(passwd: string): string {
  const lines = passwd.split("\n").filter((line) => !line.startsWith(`${CANARY}:`));
  return createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 16);
}

/** Whether the broker reads a file, and not only systemd or the SDK's own checks. */
function isRead(path: string): boolean {
  return !path.endsWith(".sh") && !path.startsWith("pulumi-") && !["state", "plan", "canary"].includes(path);
}

const RELOADED: readonly string[] = ["passwd", "acl", "certs/clients.crl", "certs/revoked"];
const AUTHORITIES: readonly string[] = ["certs/ca.crt", "certs/client-ca.crt"];
const KEY_PAIR: readonly string[] = ["certs/server.crt", "certs/server.key"];

function restartReason(file: string, situation: Situation): string | undefined {
  if (RELOADED.includes(file)) return undefined;
  if (AUTHORITIES.includes(file) && situation.takesAuthorities) return undefined;
  if (!KEY_PAIR.includes(file)) return `a change of ${file}`;
  return hasOtherKeyType(situation) === true ? "a server key of another type" : undefined;
}

function keyDoubt(files: readonly string[], situation: Situation): string | undefined {
  const changes = files.some((file) => KEY_PAIR.includes(file));
  return changes && hasOtherKeyType(situation) === undefined ? "the server's key is of another type" : undefined;
}

/** Only the Pi knows whom it will have to cut off, and finds out whether its kernel can. */
function cutDoubt(files: readonly string[]): string | undefined {
  return files.includes("certs/revoked")
    ? "a client is connected that is revoked now, and the kernel can't cut single connections"
    : undefined;
}

/** Whether the server's key will be of another type; undefined when that is not known. */
function hasOtherKeyType({ certificate: { live, wanted, algorithm } }: Situation): boolean | undefined {
  const [before, after] = [keyType(live), keyType(wanted) ?? KEY_TYPES.get(algorithm)];
  return before === undefined || after === undefined ? undefined : before !== after;
}

const KEY_TYPES: ReadonlyMap<KeyAlgorithm | undefined, string> = new Map([
  [KeyAlgorithm.EcdsaP256, "ec"],
  [KeyAlgorithm.Rsa2048, "rsa"],
  [KeyAlgorithm.Rsa4096, "rsa"],
]);

function liftedLimits(situation: Situation): string | undefined {
  return situation.limitsListeners && has("lifts-listener-limits", situation)
    ? "a reload would lift maxConnections and maxQos of the listeners"
    : undefined;
}

function reloadHarm(situation: Situation): string | undefined {
  if (!situation.persistence || !has("forgets-sessions", situation)) return undefined;
  const causes = [
    ...(situation.listeners.includes("mutualTls") ? ["is away"] : []),
    ...(situation.restored === "no" ? [] : ["may not have been back since the broker's last start"]),
    ...(situation.hasOtherPasswords ? ["has another password now"] : []),
  ];
  return causes.length === 0 ? undefined : `a client with a kept session ${causes.join(", or ")}`;
}

function has(quirk: Quirk, { version }: Situation): boolean {
  return quirksOf(version).includes(quirk);
}

/** `ec`, `rsa`; undefined when there is no certificate to be read. */
function keyType(pem: string | undefined): string | undefined {
  try {
    return pem === undefined ? undefined : new X509Certificate(pem).publicKey.asymmetricKeyType;
  } catch {
    return undefined;
  }
}
