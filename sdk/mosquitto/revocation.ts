import { X509Certificate } from "node:crypto";

import type { Field } from "../core/field";
import { GAP } from "../core/gap";
import { remembered } from "../core/remembered";
import { canonicalSerial, canSignLists, revocationList } from "../tls/crl";
import { keyDigest, isChain, isSignedBy } from "../tls/pem";
import { wantedListeners } from "./listenerChecks";
import type { UserSpec } from "./users";

/** Whose client certificates a broker accepts: with the key, it can say which of them no longer. */
export interface ClientAuthoritySpec {
  readonly certificatePem: string;
  readonly privateKeyPem?: string | undefined;
  /** Serial numbers of certificates that are revoked beside those of users. */
  readonly revoked?: readonly string[] | undefined;
}

/** Which client certificates a broker refuses though its authority has signed them. */
export interface Revocation {
  /** For mosquitto, PEM. */
  readonly list: string;
  /**
   * For people and for the Pi, which lets nothing be forgotten: first the authority's key, then `SERIAL END NAME`, with the
   * end of the certificate as `2027-01-31T12:00:00Z` and `-` where no name is known.
   */
  readonly lines: readonly string[];
}

/**
 * The list of an authority that can make one; it is empty at first, so that the first revocation is a reload and no restart.
 * Undefined where mosquitto would refuse everybody by it.
 */
export function revocation(authority: ClientAuthoritySpec, users: readonly UserSpec[]): Revocation | undefined {
  const { certificatePem, privateKeyPem } = authority;
  const revoked = users.filter((user) => user.revoked === true);
  if (privateKeyPem == null) return undefined;
  if ([certificatePem, privateKeyPem, ...revoked.map((user) => user.certificatePem)].includes(GAP))
    return { list: GAP, lines: [GAP] };
  if (!canRevoke(certificatePem, privateKeyPem)) return undefined;
  const { validTo } = new X509Certificate(certificatePem);
  const named = revoked.flatMap(({ username, certificatePem: pem }) =>
    isSignedBy(pem, certificatePem) === true ? [entryOf(new X509Certificate(pem ?? ""), username)] : [],
  );
  const serials = (authority.revoked ?? [])
    .map(canonicalSerial)
    .filter((s) => named.every(({ serial }) => serial !== s));
  const entries = [...named, ...serials.map((serial) => ({ serial, end: isoDate(validTo), name: "-" }))];
  return {
    list: listOf(certificatePem, privateKeyPem, ...entries.map(({ serial }) => serial)),
    lines: [
      `authority ${keyDigest(certificatePem)}`,
      ...entries.map(({ serial, end, name }) => `${serial} ${end} ${name}`).sort(),
    ],
  };
}

function entryOf({ serialNumber, validTo }: X509Certificate, name: string) {
  return { serial: serialNumber, end: isoDate(validTo), name };
}

function isoDate(date: string): string {
  return `${new Date(date).toISOString().slice(0, 19)}Z`;
}

/** Mosquitto wants a list of each authority that has signed a client's certificate, and there is one key only. */
const canRevoke = remembered(
  (certificatePem, privateKeyPem) => isChain(certificatePem) && canSignLists({ certificatePem, privateKeyPem }),
);

const listOf = remembered((certificatePem, privateKeyPem, ...serials) =>
  revocationList({ certificatePem, privateKeyPem }, serials),
);

/** Checks what is revoked: its certificate is known, and there is who can say so. */
export function checkRevoked(broker: Field, users: readonly Field[]): void {
  const authority = broker.at("clientAuthority").given() ?? broker.at("authority");
  const revoked = users.filter((user) => user.at("revoked").value === true);
  revoked.forEach(checkRevokedUser);
  const serials = authority.at("revoked");
  const [first] = [
    ...revoked.map((user) => user.at("revoked")),
    ...(Array.isArray(serials.value) && serials.value.length > 0 ? [serials] : []),
  ];
  if (first !== undefined && wantedListeners(broker).includes("mutualTls")) checkCanRevoke(authority, first);
}

function checkCanRevoke(authority: Field, revoked: Field): void {
  const [certificate, key] = [authority.at("certificatePem").value, authority.at("privateKeyPem")];
  if (typeof certificate !== "string") return;
  if (key.isAbsent)
    revoked.mistake(
      `the private key of \`${authority.path}\`, which signs the list of what is revoked`,
      "only its certificate",
      `add ${authority.path}.privateKeyPem`,
    );
  else if (typeof key.value === "string" && !canRevoke(certificate, key.value))
    revoked.mistake(
      `that \`${authority.path}\` can revoke`,
      "an authority that can't",
      "it must be one authority (with those above it, in order), may sign lists (key usage cRLSign), and its key is RSA, ECDSA or Ed25519",
    );
}

function checkRevokedUser(user: Field): void {
  const [certificate, pem] = [user.at("certificate"), user.at("certificatePem")];
  if (certificate.isAbsent || certificate.value === false)
    user
      .at("revoked")
      .mistake(
        "a user with a certificate",
        "one without",
        "take the user out of `users`: that is the end of a password, also for connected clients",
      );
  else if (pem.isAbsent)
    user
      .at("revoked")
      .mistake(
        "a certificate whose serial number is known",
        "none",
        "add `certificatePem`, or take the user out and put the number into `revoked` of the authority",
      );
}
