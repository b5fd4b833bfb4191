import { createHash } from "node:crypto";

import type { ServerHostKeyAlgorithm } from "ssh2";

import { isUnchecked, type UncheckedHostKey } from "../connection";
import { SshError } from "./error";

const ANY_KIND: ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

/** Whether the host that answers is the one that was meant. */
export class HostIdentity {
  private readonly expected: string[] | undefined;
  private refused: Buffer | undefined;

  constructor(
    private readonly name: string,
    hostKey: string | UncheckedHostKey,
  ) {
    this.expected = isUnchecked(hostKey) ? undefined : hostKey.trim().split(/\s+/);
  }

  /** What to ask for: a host has a key of each kind, and presents the first one that is asked for. */
  get kinds(): ServerHostKeyAlgorithm[] {
    return this.expected === undefined ? ANY_KIND : [this.expected[0] as ServerHostKeyAlgorithm];
  }

  /** Takes the key as it goes over the wire. */
  accepts(key: Buffer): boolean {
    const right = this.expected === undefined || Buffer.from(this.expected[1] ?? "", "base64").equals(key);
    if (!right) this.refused = key;
    return right;
  }

  /** Why the host is not trusted, if that is what ended the connection. */
  failureOf(error: Error): SshError | undefined {
    const kindless = error.message.includes("no matching host key format");
    if (this.expected === undefined || !(kindless || this.refused)) return undefined;
    const [kind = "", base64 = ""] = this.expected;
    const got = this.refused === undefined ? `no key of that kind` : fingerprint(this.refused);
    const wanted = `expected the host key ${fingerprint(Buffer.from(base64, "base64"))} (${kind}), got ${got}`;
    const fix =
      "was its card flashed anew? then put its new key into `hostKey`. If not, another machine has this address " +
      "or poses as this one: find out before you go on";
    return new SshError("host key", `${this.name}: ${wanted}; ${fix}`);
  }
}

/** As `ssh-keygen -l` prints it. */
function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}
