import { execFileSync } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";

export type Properties = Readonly<Record<string, unknown>>;

/** What a Pi says when a broker with all TLS listeners runs on it. */
const REPORT = `suite bookworm
generation 0001-0123456789ab
activation restart
fact mosquitto 2.0.11
fact listening tls 8883
fact listening mutual-tls 8884
fact listening websockets 9001
`;

/** Plays the providers: real keys and self-signed certificates, random values, and a Pi that says `stdout`. */
export function fakeOutputs(type: string, name: string, inputs: Properties, stdout = REPORT): Properties {
  switch (type) {
    case "tls:index/privateKey:PrivateKey":
      return { privateKeyPem: newKey() };
    case "tls:index/certRequest:CertRequest":
      return { certRequestPem: `request of ${name}` };
    case "tls:index/selfSignedCert:SelfSignedCert":
      return { certPem: selfSigned(String(inputs["privateKeyPem"]), name) };
    case "tls:index/locallySignedCert:LocallySignedCert":
      return { certPem: selfSigned(newKey(), name) };
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
export function selfSigned(key: string, commonName: string, names: readonly string[] = []): string {
  const alternatives =
    names.length === 0 ? [] : ["-addext", `subjectAltName=${names.map((n) => `DNS:${n}`).join(",")}`];
  // By a pipe: openssl cannot open the socket that Node gives as standard input.
  const script = 'cat | openssl req -x509 -new -key /dev/stdin -days 1 "$@"';
  const args = ["-c", script, "sh", "-subj", `/CN=${commonName}`, ...alternatives];
  return execFileSync("sh", args, { input: key, stdio: ["pipe", "pipe", "pipe"] }).toString();
}
