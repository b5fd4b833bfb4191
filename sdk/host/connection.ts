import { isIP } from "node:net";

import type { Input } from "@pulumi/pulumi";

import type { Field } from "../core/field";

/** Says that a host's identity is not checked. Made by {@link insecure}. */
export interface UncheckedHostKey {
  /** Always `true`. */
  readonly insecureHostKey: true;
}

/**
 * Switches the check of a host's SSH key off: whoever answers at that address is trusted with the broker's keys and
 * password hashes. For throwaway hosts on a network of your own.
 */
export function insecure(): UncheckedHostKey {
  return { insecureHostKey: true };
}

/** How to log in to one machine over SSH. Source of the names: `remote.Connection` of @pulumi/command 1.2.1. */
export interface SshLogin {
  /** DNS name or IP address. */
  readonly host: Input<string>;
  /** TCP port. Default 22. */
  readonly port?: Input<number> | undefined;
  /** Login name: root, or a user whose sudo asks for no password (the first user of Raspberry Pi OS is one). Default "root". */
  readonly user?: Input<string> | undefined;
  /** Private key in PEM or OpenSSH format. Preferred to `password` where both are given. */
  readonly privateKey?: Input<string> | undefined;
  /** Passphrase of an encrypted `privateKey`. */
  readonly privateKeyPassword?: Input<string> | undefined;
  /** Login password. */
  readonly password?: Input<string> | undefined;
  /** Socket of an SSH agent. Default: the environment's SSH_AUTH_SOCK. */
  readonly agentSocketPath?: Input<string> | undefined;
  /** The machine's public key, as in /etc/ssh/ssh_host_ed25519_key.pub: `ssh-ed25519 AAAA…`; or {@link insecure}(). Required. */
  readonly hostKey: Input<string> | UncheckedHostKey;
  /** Failed dials before giving up; -1 for no limit. Default 10. */
  readonly dialErrorLimit?: Input<number> | undefined;
  /** Seconds a dial may take; 0 for no limit. Default 15. */
  readonly perDialTimeout?: Input<number> | undefined;
}

/** How to reach a Raspberry Pi over SSH, directly or through a bastion. */
export interface Connection extends SshLogin {
  /** A bastion to go through. */
  readonly proxy?: SshLogin | undefined;
}

const LOGIN = [
  "host",
  "port",
  "user",
  "privateKey",
  "privateKeyPassword",
  "password",
  "agentSocketPath",
  "hostKey",
  "dialErrorLimit",
  "perDialTimeout",
] as const;

/** Checks a connection, and the bastion's if there is one. */
export function checkConnection(connection: Field): void {
  if (!connection.object("how to reach the Pi: { host, user, privateKey, hostKey }")) return;
  connection.onlyKeys([...LOGIN, "proxy"]);
  checkLogin(connection);
  const proxy = connection.at("proxy");
  if (proxy.isAbsent || !proxy.object("how to reach the bastion: { host, user, privateKey, hostKey }")) return;
  proxy.onlyKeys(LOGIN);
  checkLogin(proxy);
}

function checkLogin(login: Field): void {
  login.at("host").string(
    "a DNS name or an IP address",
    (s) => isIP(s) !== 0 || /^[A-Za-z0-9._-]{1,253}$/.test(s),
    (s) => (/:[0-9]+$/.test(s) ? "say `port` for the port" : undefined),
  );
  optional(login.at("port"), (f) => f.integer(1, 65535));
  optional(login.at("user"), (f) => f.string("a login name", (s) => /^[A-Za-z0-9._-]{1,32}$/.test(s)));
  optional(login.at("dialErrorLimit"), (f) => f.integer(-1, 1000));
  optional(login.at("perDialTimeout"), (f) => f.integer(0, 3600, "seconds"));
  for (const secret of ["password", "privateKeyPassword", "agentSocketPath"])
    optional(login.at(secret), (f) => {
      if (!f.isUnknown && (typeof f.value !== "string" || f.value === "")) f.failSecret("text that is not empty");
    });
  optional(login.at("privateKey"), checkPrivateKey);
  checkHostKey(login.at("hostKey"));
}

function optional(field: Field, check: (field: Field) => unknown): void {
  if (!field.isAbsent) check(field);
}

function checkPrivateKey(key: Field): void {
  if (key.isUnknown || (typeof key.value === "string" && /^\s*-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key.value)))
    return;
  key.failSecret(
    "the text of a private key, from its line -----BEGIN … PRIVATE KEY----- on",
    'read the file: fs.readFileSync(path, "utf8")',
  );
}

const HOW_TO_GET =
  "on the Pi, run `cat /etc/ssh/ssh_host_ed25519_key.pub` and give what it prints; or say hostKey: insecure()";

function checkHostKey(key: Field): void {
  if (key.isUnknown || isUnchecked(key.value)) return;
  if (key.isAbsent) {
    key.fail("the host's public SSH key (without it anyone could pose as the Pi)", HOW_TO_GET);
    return;
  }
  if (key.value === insecure) {
    key.mistake("a public key, or what insecure() returns", "the function itself", "call it: insecure()");
    return;
  }
  // The SSH library behind the plugin would ask an ssh-rsa host for a SHA-1 signature, which today's sshd refuses.
  key.string("an ed25519 or ecdsa public key, all of it: `ssh-ed25519 AAAA…`", isHostKey, () => HOW_TO_GET);
}

/** The lengths of the parts of each kind of key: its name, (for ecdsa) its curve, and the key. */
const KEY_PARTS: Readonly<Record<string, readonly number[]>> = {
  "ssh-ed25519": [11, 32],
  "ecdsa-sha2-nistp256": [19, 8, 65],
  "ecdsa-sha2-nistp384": [19, 8, 97],
  "ecdsa-sha2-nistp521": [19, 8, 133],
};

function isHostKey(text: string): boolean {
  const [, kind = "", base64 = ""] = /^(\S+) ([A-Za-z0-9+/]+=*)( .*)?$/.exec(text.trim()) ?? [];
  const parts = KEY_PARTS[kind];
  if (parts === undefined) return false;
  const blob = Buffer.from(base64, "base64");
  const lengths: number[] = [];
  let at = 0;
  for (; at + 4 <= blob.length; at += 4 + (lengths.at(-1) ?? 0)) lengths.push(blob.readUInt32BE(at));
  const name = blob.subarray(4, 4 + kind.length).toString();
  return name === kind && at === blob.length && String(lengths) === String(parts);
}

/** Whether a `hostKey` is {@link insecure}(). */
export function isUnchecked(hostKey: unknown): hostKey is UncheckedHostKey {
  return typeof hostKey === "object" && hostKey !== null && "insecureHostKey" in hostKey;
}
