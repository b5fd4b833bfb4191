import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { AUTHORITY } from "./brokers";
import { newKey } from "./providers";
import { temporaryFolder } from "./temporaryFolder";

/**
 * A certificate of the tests' authority with dates of one's choice, which only `openssl ca` makes.
 *
 * @param start - As `20200131000000Z`, and so is `end`.
 */
export function dated(start: string, end: string, { key = newKey(), isAuthority = false } = {}): string {
  const folder = temporaryFolder("dated");
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder.path, stdio: "pipe" });
  const extensions = `basicConstraints=CA:${isAuthority ? "TRUE" : "FALSE"}`;
  const files = {
    key,
    "ca.key": AUTHORITY.privateKeyPem,
    "ca.crt": AUTHORITY.certificatePem,
    index: "",
    serial: "01\n",
    config: `[ca]\ndefault_ca=x\n[x]\ndatabase=index\nserial=serial\nnew_certs_dir=.\npolicy=p\ndefault_md=sha256
x509_extensions=e\n[p]\ncommonName=supplied\n[e]\n${extensions}\n`,
  };
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder.path, name), content);
    openssl("req", "-new", "-key", "key", "-subj", "/CN=mqtt-pi.local", "-out", "csr");
    const signer = ["-cert", "ca.crt", "-keyfile", "ca.key", "-notext", "-in", "csr", "-out", "crt"];
    openssl("ca", "-batch", "-config", "config", "-startdate", start, "-enddate", end, ...signer);
    return readFileSync(join(folder.path, "crt"), "utf8");
  } finally {
    folder.remove();
  }
}
