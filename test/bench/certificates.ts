import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { run } from "../support/run";

/** A certificate with its key, PEM. */
export interface Pair {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** An authority in a folder, made by openssl: whoever issues, all tools end up with certificates of this one. */
export class BenchAuthority {
  private constructor(private readonly folder: string) {}

  static async make(folder: string): Promise<BenchAuthority> {
    const authority = new BenchAuthority(folder);
    await authority.openssl("req", "-x509", "-subj", "/CN=Bench CA", "-days", "3650", ...KEY, ...to("ca"));
    return authority;
  }

  /** Issues a certificate. `names` is a list such as `DNS:pi.local,IP:10.0.0.1`; without it, it is a client's. */
  async issue(commonName: string, names?: string): Promise<Pair> {
    const extensions = names === undefined ? "extendedKeyUsage=clientAuth" : `subjectAltName=${names}`;
    writeFileSync(join(this.folder, "extensions"), extensions);
    await this.openssl("req", "-new", "-subj", `/CN=${commonName}`, ...KEY, "-keyout", "leaf.key", "-out", "leaf.csr");
    const signer = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "extensions"];
    await this.openssl("x509", "-req", "-in", "leaf.csr", ...signer, "-days", "30", "-out", "leaf.crt");
    return this.pair("leaf");
  }

  /** The authority's own certificate and key. */
  pair(name = "ca"): Pair {
    const read = (ending: string) => readFileSync(join(this.folder, `${name}.${ending}`), "utf8");
    return { certificatePem: read("crt"), privateKeyPem: read("key") };
  }

  private async openssl(...args: string[]): Promise<void> {
    const { code, stderr } = await run("openssl", args, { cwd: this.folder });
    if (code !== 0) throw new Error(`openssl ${args.join(" ")} failed: ${stderr}`);
  }
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
const to = (name: string) => ["-keyout", `${name}.key`, "-out", `${name}.crt`];
