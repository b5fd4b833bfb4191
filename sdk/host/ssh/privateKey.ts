import { createPrivateKey } from "node:crypto";

import { utils, type ParsedKey } from "ssh2";

/** Deciphering a key is made to be slow (0.2 s), and a fleet has one key for many hosts. */
const known = new Map<string, ParsedKey>();

/** A private key for logging in: OpenSSH's own format, PKCS #1, SEC 1 or PKCS #8. Undefined when it can't be read. */
export function readPrivateKey(text: string, passphrase: string | undefined): ParsedKey | undefined {
  const id = `${passphrase ?? ""}\0${text}`;
  const key = known.get(id) ?? parse(text, passphrase);
  if (key !== undefined) known.set(id, key);
  return key;
}

function parse(text: string, passphrase: string | undefined): ParsedKey | undefined {
  try {
    const readable = /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text) ? fromPkcs8(text, passphrase) : text;
    const key = utils.parseKey(readable, passphrase);
    return key instanceof Error || !key.isPrivateKey() ? undefined : key;
  } catch {
    // What Node or ssh2 have to say about a key is no help to its owner.
    return undefined;
  }
}

/** PKCS #8 is what openssl and the tls provider write, and the one format that ssh2 does not read. */
function fromPkcs8(pem: string, passphrase: string | undefined): string {
  const key = createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
  switch (key.asymmetricKeyType) {
    case "rsa":
      return key.export({ type: "pkcs1", format: "pem" }).toString();
    case "ec":
      return key.export({ type: "sec1", format: "pem" }).toString();
    default: {
      const { x = "", d = "" } = key.export({ format: "jwk" });
      return openSshEd25519(Buffer.from(x, "base64url"), Buffer.from(d, "base64url"));
    }
  }
}

/** Source of the layout: PROTOCOL.key of OpenSSH. */
function openSshEd25519(publicKey: Buffer, seed: Buffer): string {
  const identity = Buffer.concat([part("ssh-ed25519"), part(publicKey)]);
  const check = Buffer.alloc(8);
  const secret = Buffer.concat([check, identity, part(Buffer.concat([seed, publicKey])), part("")]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, -secret.length & 7);
  const unencrypted = [part("none"), part("none"), part("")];
  const oneKey = Buffer.from([0, 0, 0, 1]);
  const parts = [...unencrypted, oneKey, part(identity), part(Buffer.concat([secret, padding]))];
  const base64 = Buffer.concat([Buffer.from("openssh-key-v1\0"), ...parts]).toString("base64");
  const lines = base64.match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----"].join("\n");
}

function part(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
