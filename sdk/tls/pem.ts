import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";

import type { Field } from "../core/field";
import { remembered } from "../core/remembered";
import { canonicalAddress } from "./names";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----/g;
// `openssl ecparam -genkey` puts the curve's block first; the key names its curve, too.
const PRIVATE_KEY =
  /^\s*(?:-----BEGIN EC PARAMETERS-----\r?\n[A-Za-z0-9+/=\r\n]+-----END EC PARAMETERS-----\s*)?(-----BEGIN (EC |RSA )?PRIVATE KEY-----\r?\n[A-Za-z0-9+/=\r\n]+-----END \2PRIVATE KEY-----)\s*$/;

/** The certificates in a text such as `openssl x509 -text` writes, without the text. */
export function certificatesIn(text: string): string[] {
  return text.includes("PRIVATE KEY") ? [] : (text.match(CERTIFICATE) ?? []);
}

/** A checked certificate or chain without text around it. */
export function bareCertificate(pem: string): string {
  return certificatesIn(pem)
    .map((block) => `${block}\n`)
    .join("");
}

/** The first certificate of a checked text. */
export function firstCertificate(pem: string): string {
  return `${certificatesIn(pem)[0] ?? ""}\n`;
}

/** A checked private key without what stands before it. */
export function barePrivateKey(pem: string): string {
  return `${PRIVATE_KEY.exec(pem)?.[1] ?? pem.trim()}\n`;
}

/** Reads a PEM certificate, or a chain with the leaf first. */
export function checkCertificatePem(field: Field): void {
  field.string(
    "a certificate in PEM (-----BEGIN CERTIFICATE-----)",
    (text) => certificatesIn(text).length > 0 && certificatesIn(text).every((block) => parsed(block) !== undefined),
    (text) => (text.includes("PRIVATE KEY") ? "give the certificate without the key" : undefined),
  );
}

/** Reads the PEM certificate of an authority, or several. */
export function checkAuthorityPem(field: Field): void {
  checkCertificatePem(field);
  const blocks = typeof field.value === "string" ? certificatesIn(field.value) : [];
  if (blocks.some((block) => parsed(block)?.ca === false))
    field.mistake("the certificate of an authority (CA:TRUE)", "one that may sign no others", "give the CA's own");
}

/** Reads a PEM private key without a passphrase, and compares it with its certificate. The key is never shown. */
export function checkKeyPair(key: Field, certificate: Field): void {
  if (key.isUnknown) return;
  if (typeof key.value !== "string" || !PRIVATE_KEY.test(key.value)) {
    key.failSecret("a private key in PEM without a passphrase (-----BEGIN … PRIVATE KEY-----)");
    return;
  }
  if (
    typeof certificate.value === "string" &&
    certificatesIn(certificate.value).length > 0 &&
    !matches(key.value, certificate.value)
  )
    key.failSecret(`the private key of ${certificate.path}`, "give the key that belongs to this certificate");
}

/** Checks that a certificate is valid for a DNS name or an IP address. */
export function checkCovered(name: Field, certificate: Field): void {
  const x509 = parsed(certificate.value);
  if (typeof name.value === "string" && x509 !== undefined && !isFor(x509, name.value))
    name.fail(
      `a name or address that ${certificate.path} is valid for`,
      `it is for ${namesOf(x509).join(", ") || "none"}`,
    );
}

/** Whether one of an authority's certificates has signed a certificate; undefined when one of them can't be read. */
export function isSignedBy(certificate: unknown, authority: unknown): boolean | undefined {
  if (typeof certificate !== "string" || typeof authority !== "string") return undefined;
  try {
    const leaf = certificateOf(certificate);
    return certificatesIn(authority)
      .map(certificateOf)
      .some((issuer) => isIssuedBy(leaf, issuer));
  } catch {
    return undefined;
  }
}

/** Whether an authority has signed a certificate. */
export function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/** A short name for the public key of a certificate. @throws Error when it can't be read. */
export const keyDigest: (pem: string) => string = remembered((pem) => {
  const spki = certificateOf(pem).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("hex").slice(0, 16);
});

/** A certificate, the first of a chain. @throws Error when it can't be read. */
export function certificateOf(pem: string): X509Certificate {
  return x509Of(pem) ?? new X509Certificate(pem);
}

/** A certificate, the first of a chain; undefined when it can't be read. */
export function parsed(pem: unknown): X509Certificate | undefined {
  return typeof pem === "string" ? x509Of(pem) : undefined;
}

const x509Of = remembered((pem) => {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
});

/** The names and addresses that a certificate is valid for; none when it can't be read. */
export function certificateNames(pem: unknown): string[] {
  const x509 = parsed(pem);
  return x509 === undefined ? [] : namesOf(x509);
}

/** Whether a certificate is valid for a DNS name or an IP address. */
export function isCertificateFor(pem: unknown, name: string): boolean {
  const x509 = parsed(pem);
  return x509 !== undefined && isFor(x509, name);
}

/** Clients of today look at the alternative names only, never at the CN. */
function isFor(certificate: X509Certificate, name: string): boolean {
  return isIP(name) === 0
    ? certificate.checkHost(name, { subject: "never" }) !== undefined
    : certificate.checkIP(name) !== undefined;
}

function namesOf(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? "").split(", ").flatMap((entry) => {
    const name = /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1];
    return name === undefined ? [] : [isIP(name) === 0 ? name : canonicalAddress(name)];
  });
}

const matches = remembered((key, certificate) => {
  try {
    return x509Of(certificate)?.checkPrivateKey(createPrivateKey(barePrivateKey(key))) ?? false;
  } catch {
    return false;
  }
});
