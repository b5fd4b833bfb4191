import { execFileSync } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Properties = Readonly<Record<string, unknown>>;

/** What a Pi says when a broker with all TLS listeners runs on it. */
const REPORT = `suite bookworm
generation 0001-0123456789ab
activation restart
fact mosquitto 2.0.11
fact listening tls 8883
fact listening mutualTls 8884
fact listening websockets 9001
`;

/** Plays the providers: real keys and self-signed certificates, random values, and a Pi that says `stdout`. */
export function fakeOutputs(type: string, name: string, inputs: Properties, stdout = REPORT): Properties {
  switch (type) {
    case "tls:index/privateKey:PrivateKey":
      return { privateKeyPem: newKey() };
    case "tls:index/certRequest:CertRequest":
      return { certRequestPem: (inputs["subject"] as { readonly commonName: string }).commonName };
    case "tls:index/selfSignedCert:SelfSignedCert":
      return { certPem: selfSigned(String(inputs["privateKeyPem"]), name) };
    case "tls:index/locallySignedCert:LocallySignedCert":
      return {
        certPem: signed(
          String(inputs["caCertPem"]),
          String(inputs["caPrivateKeyPem"]),
          String(inputs["certRequestPem"]),
        ),
      };
    case "random:index/randomPassword:RandomPassword":
      return { result: randomBytes(16).toString("hex") };
    case "random:index/randomId:RandomId":
      return { b64Std: randomBytes(Number(inputs["byteLength"])).toString("base64") };
    case "command:remote:Command":
      return { stdout };
    default:
      return {};
  }
}

/** A new private key, PEM. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** A certificate for a key, signed by itself. */
export function selfSigned(
  key: string,
  commonName: string,
  names: readonly string[] = [],
  options: readonly string[] = [],
): string {
  const alternatives =
    names.length === 0 ? [] : ["-addext", `subjectAltName=${names.map((n) => `DNS:${n}`).join(",")}`];
  return request({ key }, commonName, [...alternatives, ...options]);
}

/** A certificate for a new key, signed by an authority. */
export function signed(
  caCertificate: string,
  caKey: string,
  commonName: string,
  options: readonly string[] = [],
): string {
  return signedFor(newKey(), { certificatePem: caCertificate, privateKeyPem: caKey }, commonName, options);
}

/** A certificate for a key, signed by an authority. */
export function signedFor(
  key: string,
  { certificatePem, privateKeyPem }: { readonly certificatePem: string; readonly privateKeyPem: string },
  commonName: string,
  options: readonly string[] = [],
): string {
  const authority = ["-CA", "caCertificate", "-CAkey", "caKey", "-days", "730"];
  const files = { key, caCertificate: certificatePem, caKey: privateKeyPem };
  return request(files, commonName, [...authority, ...options]);
}

function request(files: Properties, commonName: string, options: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "certificate-"));
  try {
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder, name), String(content), { mode: 0o600 });
    const subject = `/CN=${commonName.replace(/[^A-Za-z0-9._-]/g, "_")}`;
    const args = ["req", "-x509", "-new", "-key", "key", "-days", "3650", "-subj", subject, ...options];
    return execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }).toString();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
