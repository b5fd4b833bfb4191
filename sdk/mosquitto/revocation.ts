import type { X509Certificate } from "node:crypto";

import type { Field } from "../core/field";
import { GAP } from "../core/gap";
import { remembered } from "../core/remembered";
import { bundleOf } from "../tls/bundle";
import { canonicalSerial, canSignLists, revocationList, type SigningAuthority } from "../tls/crl";
import { certificateOf, certificatesIn, firstCertificate, isSignedBy, keyDigest } from "../tls/pem";
import { secondOf } from "../tls/validity";
import { wantedListeners } from "./listenerChecks";
import type { UserSpec } from "./users";

/** Whose client certificates a broker accepts: with the key, it can say which of them no longer. */
export interface ClientAuthoritySpec {
  readonly certificatePem: string;
  readonly privateKeyPem?: string | undefined;
  /** Those that are trusted besides, with their keys. */
  readonly others?: readonly SigningAuthority[] | undefined;
  /** Serial numbers of certificates that are revoked beside those of users. */
  readonly revoked?: readonly string[] | undefined;
}

/** Which client certificates a broker refuses though its authority has signed them. */
export interface Revocation {
  /** For mosquitto, PEM: a list of each authority; undefined where none is made. */
  readonly list: string | undefined;
  /** The keys of those authorities. */
  readonly listed: readonly string[];
  /**
   * For people and for the Pi, which lets nothing be forgotten, a list or not: `authority KEY` for each that is trusted, then
   * `SERIAL END NAME KEY`, with the end of the certificate as `2027-01-31T12:00:00Z` and `-` where no name is known.
   */
  readonly lines: readonly string[];
}

/**
 * What is revoked, and the lists of the authorities that can make them; they are empty at first, so that the first revocation is a
 * reload and no restart. There are none where mosquitto would refuse everybody by them.
 *
 * @param asks - Whether a listener asks for certificates, and needs lists.
 */
export function revocation(authority: ClientAuthoritySpec, users: readonly UserSpec[], asks: boolean): Revocation {
  const revoked = users.filter((user) => user.revoked === true);
  const signers = asks ? signing(authority) : [];
  const pems = [
    authority.certificatePem,
    ...signers.flatMap((it) => [it.certificatePem, it.privateKeyPem]),
    ...revoked.map((user) => user.certificatePem),
  ];
  if (pems.includes(GAP)) return { list: signers.length === 0 ? undefined : GAP, listed: [], lines: [GAP] };
  const serials = (authority.revoked ?? []).map(canonicalSerial);
  const trusted = trustedKeys(authority);
  const entries = [...trusted].flatMap(([key, pem]) => entriesOf(key, pem, revoked, serials));
  const lists = canRevoke(authority) ? signers.map((one) => ({ ...one, key: keyDigest(one.certificatePem) })) : [];
  const serialsOf = (key: string) => entries.filter((entry) => entry.key === key).map(({ serial }) => serial);
  return {
    list:
      lists.length === 0
        ? undefined
        : lists.map((one) => listOf(one.certificatePem, one.privateKeyPem, ...serialsOf(one.key))).join(""),
    listed: lists.map(({ key }) => key),
    lines: [
      ...[...trusted.keys()].map((key) => `authority ${key}`),
      ...entries.map(({ serial, end, name, key }) => `${serial} ${end} ${name} ${key}`).sort(),
    ],
  };
}

/** Whose keys are here. */
function signing({ certificatePem, privateKeyPem, others }: ClientAuthoritySpec): readonly SigningAuthority[] {
  return privateKeyPem == null ? [] : [{ certificatePem, privateKeyPem }, ...(others ?? [])];
}

/** The authorities that are trusted, each by its first certificate. */
function trustedKeys(authority: ClientAuthoritySpec): ReadonlyMap<string, string> {
  const pems = [authority, ...signing(authority)].flatMap(({ certificatePem }) => certificatesIn(certificatePem));
  const first = new Map<string, string>();
  for (const pem of pems) if (!first.has(keyDigest(pem))) first.set(keyDigest(pem), pem);
  return first;
}

/** What an authority revokes. Nobody knows which of them a number alone is of. */
function entriesOf(key: string, pem: string, users: readonly UserSpec[], serials: readonly string[]) {
  const named = users.flatMap(({ username, certificatePem }) =>
    isSignedBy(certificatePem, pem) === true ? [entryOf(certificateOf(certificatePem ?? ""), username)] : [],
  );
  const end = endIn(certificateOf(pem));
  const rest = serials.filter((number) => named.every(({ serial }) => serial !== number));
  return [...named, ...rest.map((serial) => ({ serial, end, name: "-" }))].map((entry) => ({ ...entry, key }));
}

function entryOf(certificate: X509Certificate, name: string) {
  return { serial: certificate.serialNumber, end: endIn(certificate), name };
}

function endIn({ validTo }: X509Certificate): string {
  return secondOf(new Date(validTo));
}

/**
 * Mosquitto wants a list of each authority that has signed a client's certificate: there must be the key of each. Those above the
 * issuing one are there to vouch for it; what they have issued themselves is no longer let in, of which rotation.ts warns.
 */
function canRevoke(authority: ClientAuthoritySpec): boolean {
  const authorities = signing(authority);
  const { issuers, trusts } = bundleOf(authority.certificatePem);
  const known = [...issuers, ...authorities.map(({ certificatePem }) => keyDigest(certificatePem))];
  return authorities.every(canSign) && trusts.every((key) => known.includes(key));
}

function canSign({ certificatePem, privateKeyPem }: SigningAuthority): boolean {
  return canSignLists({ certificatePem: firstCertificate(certificatePem), privateKeyPem });
}

const listOf = remembered((certificatePem, privateKeyPem, ...serials) =>
  revocationList({ certificatePem: firstCertificate(certificatePem), privateKeyPem }, serials),
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
  else if (typeof key.value === "string" && !canRevoke(authority.value as ClientAuthoritySpec))
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
