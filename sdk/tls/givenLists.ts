import { verify } from "node:crypto";

import { AsnConvert } from "@peculiar/asn1-schema";
import { CertificateList } from "@peculiar/asn1-x509";

import type { Field } from "../core/field";
import { remembered } from "../core/remembered";
import { bundleOf } from "./bundle";
import { canonicalSerial } from "./crl";
import { decoded } from "./decoded";
import { certificateOf, certificatesIn, keyDigest } from "./pem";
import { dayOf } from "./validity";

const DAY = 86_400_000;
const LIST = /-----BEGIN X509 CRL-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END X509 CRL-----/g;

/** A revocation list (CRL) that somebody else's authority has signed. */
export interface GivenList {
  readonly pem: string;
  readonly begin: Date;
  /** When the next one has to be there; OpenSSL, and so mosquitto, refuses everybody after that. */
  readonly end: Date | undefined;
  readonly serials: readonly string[];
  /** The key of the authority that has signed it, of those that were asked for. */
  readonly key: string | undefined;
}

/** How lists are signed: by object identifier, the hash. Ed25519 and Ed448 need none. */
const HASHES: ReadonlyMap<string, string | null> = new Map([
  ["1.2.840.113549.1.1.11", "sha256"],
  ["1.2.840.113549.1.1.12", "sha384"],
  ["1.2.840.113549.1.1.13", "sha512"],
  ["1.2.840.10045.4.3.2", "sha256"],
  ["1.2.840.10045.4.3.3", "sha384"],
  ["1.2.840.10045.4.3.4", "sha512"],
  ["1.3.101.112", null],
  ["1.3.101.113", null],
]);

/** The lists in a text, in the light of certificates of authorities. @throws Error when one of them can't be read. */
export function listsIn(text: string, authorityPem: string): readonly GivenList[] {
  return read(text, authorityPem);
}

const read = remembered((text, authorityPem) =>
  [...text.matchAll(LIST)].map(([pem, base64 = ""]): GivenList => {
    const list = AsnConvert.parse(Buffer.from(base64, "base64"), CertificateList);
    const { thisUpdate, nextUpdate, revokedCertificates = [] } = list.tbsCertList;
    const signer = certificatesIn(authorityPem).find((certificate) => hasSigned(certificate, list));
    return {
      pem: `${pem}\n`,
      begin: thisUpdate.getTime(),
      end: nextUpdate?.getTime(),
      serials: revokedCertificates.map(({ userCertificate }) =>
        canonicalSerial(Buffer.from(userCertificate).toString("hex")),
      ),
      key: signer === undefined ? undefined : keyDigest(signer),
    };
  }),
);

/** OpenSSL looks for a list by the authority's name. */
function hasSigned(
  certificate: string,
  { tbsCertList, tbsCertListRaw, signatureAlgorithm, signature }: CertificateList,
) {
  const names = [decoded(certificate).tbsCertificate.subject, tbsCertList.issuer].map((name) =>
    Buffer.from(AsnConvert.serialize(name)).toString("hex"),
  );
  const hash = HASHES.get(signatureAlgorithm.algorithm);
  if (names[0] !== names[1] || hash === undefined || tbsCertListRaw === undefined) return false;
  try {
    return verify(hash, Buffer.from(tbsCertListRaw), certificateOf(certificate).publicKey, Buffer.from(signature));
  } catch {
    return false;
  }
}

/** Checks the revocation lists of an authority whose key is elsewhere. */
export function checkGivenLists(field: Field, authority: Field): void {
  for (const name of ["privateKeyPem", "others", "revoked"])
    if (!authority.at(name).isAbsent)
      field.mistake(
        `either \`${name}\`, by which the list is made here, or \`crlPem\``,
        "both",
        "leave one away; the authority's own list says what is revoked",
      );
  const certificatePem = authority.at("certificatePem").value;
  const text = field.string(
    "a certificate revocation list in PEM (-----BEGIN X509 CRL-----)",
    isReadable,
    () => "of a list in DER, openssl crl -inform DER -in list.crl makes one",
  );
  if (text === undefined || typeof certificatePem !== "string" || certificatesIn(certificatePem).length === 0) return;
  const lists = listsIn(text, certificatePem);
  for (const list of lists) checkList(field, list, authority.path);
  if (lists.every(({ key }) => key !== undefined)) checkComplete(field, lists, certificatePem, authority.path);
}

function isReadable(text: string): boolean {
  try {
    return listsIn(text, "").length > 0;
  } catch {
    return false;
  }
}

function checkList(field: Field, { key, begin, end }: GivenList, authority: string): void {
  const now = Date.now();
  const fix = "give the newest one";
  if (key === undefined)
    field.mistake(
      `a list that \`${authority}.certificatePem\` has signed, with SHA-2 or EdDSA`,
      "another one",
      "give the list of that authority",
    );
  if (end === undefined) field.mistake("a list that says when the next one comes (nextUpdate)", "none", fix);
  else if (end.getTime() <= now)
    field.mistake(
      "a list that is still valid: mosquitto refuses all clients by another",
      `one that ended ${dayOf(end)}`,
      fix,
    );
  else if (end.getTime() - now < Math.min(30 * DAY, (end.getTime() - begin.getTime()) / 3))
    field.advise(`it ends ${dayOf(end)}, and all clients are refused after that: give the next one before`);
  if (begin.getTime() > now + DAY)
    field.mistake("a list that is valid by now", `one from ${dayOf(begin)} on`, "give the one of today");
}

/** Mosquitto wants a list of each authority that has signed a client's certificate. Those above are there to vouch for it. */
function checkComplete(field: Field, lists: readonly GivenList[], certificatePem: string, authority: string): void {
  const { chains, trusts } = bundleOf(certificatePem);
  const listed = lists.map(({ key }) => key);
  const known = chains.filter(([first]) => listed.includes(first)).flat();
  if (trusts.some((key) => !known.includes(key)))
    field.mistake(
      `a list of each authority in \`${authority}.certificatePem\``,
      "none of one of them, whose clients mosquitto would refuse",
      "put its list behind the others, or leave its certificate away",
    );
}
