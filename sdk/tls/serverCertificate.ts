import type { X509Certificate } from "node:crypto";

import type { Field } from "../core/field";
import { bundleOf } from "./bundle";
import { decoded } from "./decoded";
import { certificateOf, certificatesIn, isSignedBy, keyDigest, parsed } from "./pem";
import { dayOf } from "./validity";

const DAY = 86_400_000;
const SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";

const KINDS = ["rsa", "rsa-pss", "ec", "ed25519", "ed448"];

/** Signature algorithms with MD5 or SHA-1, which clients refuse. */
const WEAK_SIGNATURES: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.1.1.4", "RSA with MD5"],
  ["1.2.840.113549.1.1.5", "RSA with SHA-1"],
  ["1.2.840.10045.4.1", "ECDSA with SHA-1"],
]);

/** Checks the certificate that a server is to show, the chain behind it, and that it leads to an authority. */
export function checkServerCertificate(chain: Field, authority: Field): void {
  const blocks = blocksOf(chain);
  const [leaf] = blocks;
  const server = parsed(leaf);
  if (leaf === undefined || server === undefined) return;
  if (server.ca)
    chain.mistake(
      "a server's certificate (CA:FALSE)",
      "that of an authority, with whose key a stolen Pi could sign others",
      "put the server's own first; one that you sign by itself, make with -addext basicConstraints=critical,CA:FALSE",
    );
  // Here node means the extended key usage.
  if ((server.keyUsage as readonly string[] | undefined)?.includes(SERVER_AUTHENTICATION) === false)
    chain.mistake("a certificate for servers (serverAuth)", "one for other purposes", "ask for one for a server");
  blocks.forEach((block, i) => {
    const above = blocks[i + 1];
    if (above !== undefined && isSignedBy(block, above) === false)
      chain.mistake(
        `a chain in order: ${ordinal(i)} certificate signed by ${ordinal(i + 1)}`,
        "another order, or another certificate",
        "put the server's own first, then the one that signed it, and so on",
      );
  });
  checkSound(chain);
  checkAuthorities(authority);
  const end = Date.parse(server.validTo) - Date.now();
  if (end > 0 && end < 30 * DAY)
    chain.advise(`it ends ${dateOf(server.validTo)}, and is not renewed here: give a new one before`);
  const roots = blocksOf(authority);
  const last = blocks.at(-1);
  if (roots.length > 0 && !roots.some((root) => root.trim() === last?.trim() || isSignedBy(last, root) !== false))
    authority.mistake(
      `the authority that the chain in ${chain.path} leads to`,
      "another one",
      "give the one that signed the last certificate of the chain",
    );
}

/** Checks certificates of authorities that are to be trusted: OpenSSL, and so mosquitto, wants to see who has signed, up to the root. */
export function checkAuthorities(certificates: Field): void {
  checkSound(certificates);
  const authorities = blocksOf(certificates).filter((block) => parsed(block)?.ca);
  const roots = authorities.filter((block) => isSelfSigned(certificateOf(block))).map(keyDigest);
  const { chains } = bundleOf(authorities.join("\n"));
  if (chains.some((chain) => !chain.some((key) => roots.includes(key))))
    certificates.mistake(
      "certificates that lead to a root, which has signed itself",
      "an intermediate one without its root",
      "add who has signed it, up to the root: cat intermediate.crt root.crt",
    );
}

function isSelfSigned(x509: X509Certificate): boolean {
  return x509.checkIssued(x509);
}

/** Checks that nothing in a field of PEM certificates has ended or is weak. */
export function checkSound(certificates: Field): void {
  blocksOf(certificates).forEach((block, i, { length }) => {
    const x509 = parsed(block);
    if (x509 === undefined) return;
    const which = length === 1 ? "" : ` (${ordinal(i)})`;
    const fix = "get a new one";
    if (Date.parse(x509.validTo) <= Date.now())
      certificates.mistake(`a certificate that is still valid${which}`, `one that ended ${dateOf(x509.validTo)}`, fix);
    if (Date.parse(x509.validFrom) > Date.now() + DAY)
      certificates.mistake(`a certificate that is valid by now${which}`, `one from ${dateOf(x509.validFrom)} on`, fix);
    for (const weakness of weaknessesOf(x509))
      certificates.mistake(`a certificate that clients of today accept${which}`, weakness, fix);
  });
}

/** What is too weak in a certificate. Nobody looks at the signature by which a root vouches for itself. */
function weaknessesOf(x509: X509Certificate): string[] {
  const { asymmetricKeyType: kind = "unknown", asymmetricKeyDetails: details } = x509.publicKey;
  const bits = kind.startsWith("rsa") ? (details?.modulusLength ?? 0) : Infinity;
  const signature = WEAK_SIGNATURES.get(decoded(x509.toString()).signatureAlgorithm.algorithm);
  return [
    ...(KINDS.includes(kind) ? [] : [`a key of the kind ${kind}`]),
    ...(bits < 2048 ? [`an RSA key of ${bits} bits (2048 are needed)`] : []),
    ...(signature === undefined || isSelfSigned(x509) ? [] : [`a signature by ${signature}`]),
  ];
}

function blocksOf({ value }: Field): string[] {
  return typeof value === "string" ? certificatesIn(value) : [];
}

function ordinal(i: number): string {
  return ["the first", "the second", "the third"][i] ?? `number ${i + 1}`;
}

function dateOf(date: string): string {
  return dayOf(new Date(date));
}
