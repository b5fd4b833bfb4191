import { execFile } from "node:child_process";
import { isIPv6 } from "node:net";

import type { Identity } from "./target";

/** What `openssl` wrote to both streams, whatever its exit code: its answers are in the text. */
function openssl(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile("openssl", args, { timeout: 10_000 }, (error, stdout, stderr) => {
      if (error?.code === "ENOENT") reject(new Error("openssl is not installed"));
      else resolve(stdout + stderr);
    });
    child.stdin?.end();
  });
}

/** One TLS handshake by `openssl s_client`, which hangs up at once. */
export function handshake(address: string, port: number, args: readonly string[]): Promise<string> {
  const host = isIPv6(address) ? `[${address}]` : address;
  return openssl(["s_client", "-connect", `${host}:${String(port)}`, ...args]);
}

/** A key and a certificate that it signed itself. */
export async function selfSigned(commonName: string): Promise<Identity> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "-"];
  const text = await openssl(["req", "-x509", ...key, "-subj", `/CN=${commonName}`, "-days", "1", "-out", "-"]);
  return { privateKeyPem: pem(text, "PRIVATE KEY"), certificatePem: pem(text, "CERTIFICATE") };
}

function pem(text: string, label: string): string {
  const block = new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----\n`).exec(text);
  if (!block) throw new Error(`openssl made no ${label.toLowerCase()}`);
  return block[0];
}
