import { createPrivateKey, X509Certificate } from "node:crypto";

import type { Field } from "../core/field";

const CERTIFICATE = /^\s*(-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----\s*)+$/;
const PRIVATE_KEY = /^\s*-----BEGIN (EC |RSA )?PRIVATE KEY-----\r?\n[A-Za-z0-9+/=\r\n]+-----END \1PRIVATE KEY-----\s*$/;

/** Reads a PEM certificate, or a chain with the leaf first. */
export function checkCertificatePem(field: Field): void {
  field.string("a certificate in PEM (-----BEGIN CERTIFICATE-----)", (text) => CERTIFICATE.test(text));
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
    CERTIFICATE.test(certificate.value) &&
    !matches(key.value, certificate.value)
  )
    key.failSecret(`the private key of ${certificate.path}`, "give the key that belongs to this certificate");
}

/** Checks that a certificate is valid for a DNS name. */
export function checkCovered(name: Field, certificate: Field): void {
  if (typeof name.value !== "string" || typeof certificate.value !== "string" || !CERTIFICATE.test(certificate.value))
    return;
  if (!isFor(certificate.value, name.value)) name.fail(`a name that ${certificate.path} is valid for`);
}

/** Whether an authority has signed a certificate; undefined when one of them can't be read. */
export function isSignedBy(certificate: unknown, authority: unknown): boolean | undefined {
  if (typeof certificate !== "string" || typeof authority !== "string") return undefined;
  try {
    const issuer = new X509Certificate(authority);
    const leaf = new X509Certificate(certificate);
    return leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
  } catch {
    return undefined;
  }
}

function isFor(certificate: string, name: string): boolean {
  try {
    return new X509Certificate(certificate).checkHost(name) !== undefined;
  } catch {
    return false;
  }
}

function matches(key: string, certificate: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
