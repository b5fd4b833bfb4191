import { createHash, createPrivateKey, type KeyObject, sign } from "node:crypto";

import { p256, p384, p521 } from "@noble/curves/nist";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AuthorityKeyIdentifier,
  CertificateList,
  CRLNumber,
  Extension,
  id_ce_authorityKeyIdentifier,
  id_ce_cRLNumber,
  id_ce_keyUsage,
  id_ce_subjectKeyIdentifier,
  KeyUsage,
  RevokedCertificate,
  SubjectKeyIdentifier,
  type TBSCertificate,
  TBSCertList,
  Version,
} from "@peculiar/asn1-x509";

import { decoded } from "./decoded";

/** An authority's own certificate and key, PEM. */
export interface SigningAuthority {
  /** Its certificate. */
  readonly certificatePem: string;
  /** Its private key. */
  readonly privateKeyPem: string;
}

/**
 * The certificate revocation list (CRL) of an authority, PEM. The same arguments give the same bytes, so that a second
 * `pulumi up` has nothing to do.
 *
 * It is valid as long as the authority: an expired list locks all clients out, and one that is delivered whenever it
 * changes has no need to expire. Its number is how many certificates it revokes.
 *
 * @param serials - Serial numbers of the certificates that it revokes, hexadecimal.
 * @throws RangeError where {@link canSignLists} says no.
 */
export function revocationList(
  { certificatePem, privateKeyPem }: SigningAuthority,
  serials: readonly string[],
): string {
  const authority = decoded(certificatePem).tbsCertificate;
  const { algorithm, signature } = signer(createPrivateKey(privateKeyPem));
  const { notBefore, notAfter } = authority.validity;
  const revoked = [...new Set(serials.map(canonicalSerial))].sort();
  const tbsCertList = new TBSCertList({
    version: Version.v2,
    signature: algorithm,
    issuer: authority.subject,
    thisUpdate: notBefore,
    nextUpdate: notAfter,
    crlExtensions: [...keyIdentifier(authority), extension(id_ce_cRLNumber, new CRLNumber(revoked.length))],
  });
  // An empty list is not allowed here.
  if (revoked.length > 0)
    tbsCertList.revokedCertificates = revoked.map(
      (serial) => new RevokedCertificate({ userCertificate: bytesOf(serial), revocationDate: notBefore }),
    );
  const list = new CertificateList({
    tbsCertList,
    signatureAlgorithm: algorithm,
    signature: exact(signature(new Uint8Array(AsnConvert.serialize(tbsCertList)))),
  });
  const base64 = Buffer.from(AsnConvert.serialize(list)).toString("base64");
  return `-----BEGIN X509 CRL-----\n${base64.replace(/.{1,64}/g, "$&\n")}-----END X509 CRL-----\n`;
}

/** Whether an authority may sign such a list, and has a key of a kind that can: RSA, Ed25519, or ECDSA on a NIST curve. */
export function canSignLists({ certificatePem, privateKeyPem }: SigningAuthority): boolean {
  try {
    signer(createPrivateKey(privateKeyPem));
    const usage = decoded(certificatePem).tbsCertificate.extensions?.find(({ extnID }) => extnID === id_ce_keyUsage);
    return usage === undefined || AsnConvert.parse(usage.extnValue, KeyUsage).toJSON().includes("crlSign");
  } catch {
    return false;
  }
}

/** A serial number as node has it: capital hexadecimal digits, whole bytes. */
export function canonicalSerial(serial: string): string {
  const digits = serial.replaceAll(":", "").toUpperCase().replace(/^0+/, "");
  return digits.padStart(Math.max(2, digits.length + (digits.length % 2)), "0");
}

interface Signer {
  readonly algorithm: AlgorithmIdentifier;
  readonly signature: (bytes: Uint8Array) => Uint8Array;
}

const CURVES = new Map([
  ["prime256v1", { ecdsa: p256, hash: "sha256", oid: "1.2.840.10045.4.3.2" }],
  ["secp384r1", { ecdsa: p384, hash: "sha384", oid: "1.2.840.10045.4.3.3" }],
  ["secp521r1", { ecdsa: p521, hash: "sha512", oid: "1.2.840.10045.4.3.4" }],
]);

/** Node's own ECDSA signs with a random number, so never twice alike; this one follows RFC 6979. */
function signer(key: KeyObject): Signer {
  const kind = key.asymmetricKeyType;
  const curve = CURVES.get(key.asymmetricKeyDetails?.namedCurve ?? "");
  if (curve !== undefined) {
    const secret = Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url");
    return {
      algorithm: new AlgorithmIdentifier({ algorithm: curve.oid }),
      signature: (bytes) => curve.ecdsa.sign(createHash(curve.hash).update(bytes).digest(), secret).toBytes("der"),
    };
  }
  if (kind === "rsa")
    return {
      algorithm: new AlgorithmIdentifier({ algorithm: "1.2.840.113549.1.1.11", parameters: exact(Buffer.of(5, 0)) }),
      signature: (bytes) => sign("sha256", bytes, key),
    };
  if (kind === "ed25519")
    return {
      algorithm: new AlgorithmIdentifier({ algorithm: "1.3.101.112" }),
      signature: (bytes) => sign(null, bytes, key),
    };
  throw new RangeError(`no list can be signed with a key of the kind ${String(kind)}`);
}

/** Which of the authority's keys signed: the identifier that its certificate has for its own. */
function keyIdentifier({ extensions }: TBSCertificate): Extension[] {
  const own = extensions?.find(({ extnID }) => extnID === id_ce_subjectKeyIdentifier);
  if (own === undefined) return [];
  const identifier = AsnConvert.parse(own.extnValue, SubjectKeyIdentifier);
  return [extension(id_ce_authorityKeyIdentifier, new AuthorityKeyIdentifier({ keyIdentifier: identifier }))];
}

function extension(extnID: string, value: object): Extension {
  return new Extension({ extnID, critical: false, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

/** A serial number as the bytes of a DER INTEGER, whose first bit is its sign. */
function bytesOf(serial: string): ArrayBuffer {
  return exact(Buffer.from(/^[89A-F]/.test(serial) ? `00${serial}` : serial, "hex"));
}

/** The bytes alone: a Buffer may be a part of something larger. */
function exact(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
