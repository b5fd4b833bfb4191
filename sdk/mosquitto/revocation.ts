import type { X509Certificate } from "node:crypto";

import type { Field } from "../core/field";
import { GAP } from "../core/gap";
import { remembered } from "../core/remembered";
import { bundleOf } from "../tls/bundle";
import { canonicalSerial, canSignLists, revocationList, type SigningAuthority } from "../tls/crl";
import { listsIn } from "../tls/givenLists";
import { certificateOf, certificatesIn, firstCertificate, isSignedBy, keyDigest, parsed } from "../tls/pem";
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
  /** Its own lists of what is revoked, where the key is not here. */
  readonly crlPem?: string | undefined;
}

/** Which client certificates a broker refuses though its authority has signed them. */
export interface Revocation {
  /** For mosquitto, PEM: a list of each authority; undefined where none is made. */
  readonly list: string | undefined;
  /** The keys of those authorities. */
  readonly listed: readonly string[];
  /**
   * For people and for the Pi, which lets nothing be forgotten, a list or not: `authority KEY` for each that is trusted, then
   * `SERIAL END NAME KEY`, with the end of the certificate as `2027-01-31T12:00:00Z`, `-` where it stands in a
   * given list, and `-` where no name is known.
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
    authority.crlPem,
    ...signers.flatMap((it) => [it.certificatePem, it.privateKeyPem]),
    ...revoked.map((user) => user.certificatePem),
  ];
  const isListed = signers.length > 0 || (asks && authority.crlPem != null);
  if (pems.includes(GAP)) return { list: isListed ? GAP : undefined, listed: [], lines: [GAP] };
  const given = listsIn(authority.crlPem ?? "", authority.certificatePem);
  const trusted = trustedKeys(authority);
  const entries = [...trusted].flatMap(([key, pem]) => {
    const end = endIn(certificateOf(pem));
    const ends = new Map((authority.revoked ?? []).map((serial) => [canonicalSerial(serial), end]));
    for (const list of given.filter((it) => it.key === key))
      for (const serial of list.serials) ends.set(serial, THEIRS);
    return entriesOf(key, pem, users, ends);
  });
  const serialsOf = (key: string) => entries.filter((entry) => entry.key === key).map(({ serial }) => serial);
  const made = (canRevoke(authority) ? signers : []).map(({ certificatePem, privateKeyPem }) => {
    const key = keyDigest(certificatePem);
    return { key, pem: listOf(certificatePem, privateKeyPem, ...serialsOf(key)) };
  });
  const lists = asks ? [...made, ...given] : [];
  return {
    list: lists.length === 0 ? undefined : lists.map(({ pem }) => pem).join(""),
    listed: lists.flatMap(({ key }) => key ?? []),
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

/** The end of what a given list revokes: its authority knows how long that has to stay there. */
const THEIRS = "-";

/** What an authority revokes: certificates of users, and numbers, of which nobody knows whose one is that no user here has. */
function entriesOf(key: string, pem: string, users: readonly UserSpec[], ends: ReadonlyMap<string, string>) {
  const cards = users.flatMap(({ username, certificatePem, revoked }) => {
    const x509 = parsed(certificatePem);
    if (x509 === undefined || (revoked !== true && !ends.has(x509.serialNumber))) return [];
    const end = ends.get(x509.serialNumber);
    return isSignedBy(certificatePem, pem) === true
      ? [{ serial: x509.serialNumber, end: end === THEIRS ? end : endIn(x509), name: username, key }]
      : [];
  });
  const rest = [...ends].filter(([number]) => cards.every(({ serial }) => serial !== number));
  return [...cards, ...rest.map(([serial, end]) => ({ serial, end, name: "-", key }))];
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
  if (!authority.at("crlPem").isAbsent) {
    for (const user of revoked) checkGivenListHas(user, authority);
    return;
  }
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
      `add ${authority.path}.privateKeyPem, or its own list as crlPem`,
    );
  else if (typeof key.value === "string" && !canRevoke(authority.value as ClientAuthoritySpec))
    revoked.mistake(
      `that \`${authority.path}\` can revoke`,
      "an authority that can't",
      "it must be one authority (with those above it, in order), may sign lists (key usage cRLSign), and its key is RSA, ECDSA or Ed25519",
    );
}

/** Nobody but that authority can put it there. */
function checkGivenListHas(user: Field, authority: Field): void {
  const [certificate, list] = [parsed(user.at("certificatePem").value), authority.at("crlPem")];
  if (certificate === undefined || typeof list.value !== "string" || list.found.length > 0) return;
  const isListed = listsIn(list.value, "").some(({ serials }) => serials.includes(certificate.serialNumber));
  if (!isListed)
    user
      .at("revoked")
      .mistake(
        `a certificate that \`${list.path}\` revokes`,
        `number ${certificate.serialNumber}, which it does not`,
        "have its authority revoke it, and give the new list",
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
