import { isIPv4 } from "node:net";

import type { Duration } from "../core/duration";
import type { Field } from "../core/field";
import { checkUsername } from "../mosquitto/users";
import { canonicalSerial } from "./crl";
import { checkGivenLists } from "./givenLists";
import {
  checkLifetime,
  checkRenewal,
  type Lifetime,
  type LifetimeHours,
  lifetimeHours,
  type Renewal,
} from "./lifetime";
import { checkAddresses, checkHostnames } from "./names";
import { checkAuthorityPem, checkKeyPair } from "./pem";
import { checkAuthorities } from "./serverCertificate";

/** Kinds of private key. */
export const KeyAlgorithm = {
  /** Elliptic curve P-256: small and fast; every ESP32 library has it. */
  EcdsaP256: "ECDSA-P256",
  /** RSA with 2048 bits, for clients that have no elliptic curves. */
  Rsa2048: "RSA-2048",
  /** RSA with 4096 bits: a handshake is several times slower on a Pi. */
  Rsa4096: "RSA-4096",
} as const;
export type KeyAlgorithm = (typeof KeyAlgorithm)[keyof typeof KeyAlgorithm];

/** What a certificate may be used for. */
export const CertificateUsage = {
  /** To prove a server's names. */
  Server: "server",
  /** To log in as a client. */
  Client: "client",
} as const;
export type CertificateUsage = (typeof CertificateUsage)[keyof typeof CertificateUsage];

/** An authority of your own. */
export interface AuthoritySettings extends Lifetime {
  /** Name in its certificate, 1 to 64 characters: "Home MQTT CA". */
  readonly commonName: string;
  /** Organization (O) in its certificate. */
  readonly organization?: string | undefined;
  /** Country (C) in its certificate: two capital letters. */
  readonly country?: string | undefined;
  /**
   * Kind of its key, and of the keys of all certificates it issues.
   *
   * @defaultValue "ECDSA-P256"
   */
  readonly algorithm?: KeyAlgorithm | undefined;
  /**
   * How long it is valid, at most "30y".
   *
   * @defaultValue "10y"
   */
  readonly validity?: Duration | undefined;
  /**
   * Serial numbers of client certificates that are revoked, hexadecimal, beside those of users with `revoked: true`: of users
   * that are no longer in the program, and of certificates from before a renewal.
   */
  readonly revoked?: readonly string[] | undefined;
  /**
   * Names of its generations, each with a key and a certificate of its own: all are trusted. To put another one in its place, add
   * one, and take the old one away when no client needs it any more. `A-Z a-z 0-9 _ -`, the oldest first.
   *
   * @defaultValue `["1"]`
   */
  readonly generations?: readonly string[] | undefined;
  /**
   * Which of them issues certificates.
   *
   * @defaultValue the first
   */
  readonly issuing?: string | undefined;
  /**
   * Whether those before the issuing one sign its certificate, too: clients that know only an old one then accept what the new one
   * issues.
   *
   * @defaultValue false
   */
  readonly crossSign?: boolean | undefined;
}

/** The generation that an authority has when nothing is said of generations. */
export const FIRST_GENERATION = "1";

/** A certificate to be issued. */
export interface LeafSettings extends Renewal {
  /**
   * Common name (CN), 1 to 64 characters. A client's is its MQTT user name on a mutual TLS listener, so it is made of what
   * user names are made of: `A-Z a-z 0-9 . _ -`.
   */
  readonly commonName: string;
  /** Whether it proves a server's names or a client's. */
  readonly usage: CertificateUsage;
  /** DNS names it is valid for. */
  readonly dnsNames?: readonly string[] | undefined;
  /** IP addresses it is valid for. */
  readonly ipAddresses?: readonly string[] | undefined;
  /**
   * How long it is valid: at most "2y" for a server, "10y" for a client.
   *
   * @defaultValue "2y"
   */
  readonly validity?: Duration | undefined;
}

const MAX_VALIDITY = { server: "2y", client: "10y" } as const;

/** Checks the arguments of a TlsAuthority. */
export function checkAuthoritySettings(args: Field): void {
  args.onlyKeys([
    "commonName",
    "organization",
    "country",
    "algorithm",
    "validity",
    "renewBefore",
    "revoked",
    "generations",
    "issuing",
    "crossSign",
  ]);
  checkName(args.at("commonName"));
  checkGenerations(args);
  const organization = args.at("organization").given();
  if (organization !== undefined) checkName(organization);
  args
    .at("country")
    .given()
    ?.string('a country as two capital letters, such as "DE"', (c) => /^[A-Z]{2}$/.test(c));
  args.at("algorithm").given()?.oneOf(Object.values(KeyAlgorithm));
  checkSerials(args.at("revoked"));
  checkLifetime(args, "10y", "30y");
}

function checkGenerations(args: Field): void {
  const field = args.at("generations");
  const expected = "a list of names, of 1 to 20 of `A-Z a-z 0-9 _ -` each, the oldest first";
  const generations = field.items(expected);
  if (!field.isAbsent && Array.isArray(field.value) && generations.length === 0) field.fail(expected);
  generations.forEach((generation, i) => {
    generation.string(expected, (text) => /^[A-Za-z0-9_-]{1,20}$/.test(text));
    if (generations.slice(0, i).some(({ value }) => value === generation.value)) generation.fail("each name once");
  });
  const names = field.isAbsent ? [FIRST_GENERATION] : generations.map(({ value }) => String(value));
  args.at("issuing").given()?.oneOf(names);
  args.at("crossSign").given()?.boolean();
}

/** Checks an authority that is given as a plain object. */
export function checkAuthority(authority: Field): void {
  if (!authority.object("a TlsAuthority, or an object with `certificatePem` and `privateKeyPem`")) return;
  checkCertificateAndKey(authority, authority.at("privateKeyPem"));
  authority.at("algorithm").given()?.oneOf(Object.values(KeyAlgorithm));
  checkSerials(authority.at("revoked"));
}

/** Checks whose certificates are accepted. */
export function checkClientAuthority(authority: Field): void {
  if (!authority.object("a TlsAuthority, or an object with `certificatePem`")) return;
  checkCertificateAndKey(authority, authority.at("privateKeyPem").given());
  checkSerials(authority.at("revoked"));
}

function checkCertificateAndKey(authority: Field, key: Field | undefined): void {
  const certificate = authority.at("certificatePem");
  checkAuthorityPem(certificate);
  checkAuthorities(certificate);
  if (key !== undefined) checkKeyPair(key, certificate);
  const lists = authority.at("crlPem").given();
  if (lists !== undefined) checkGivenLists(lists, authority);
}

/** Checks serial numbers: hexadecimal, as `openssl x509 -serial` and browsers show them. */
function checkSerials(serials: Field): void {
  const items = serials.items("a list of serial numbers");
  for (const serial of items)
    serial.string(
      "a serial number in hexadecimal, as `openssl x509 -noout -serial` prints it",
      (text) => /^(?=.*[1-9A-Fa-f])(?:[0-9A-Fa-f]{1,40}|[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){1,20})$/.test(text),
      (text) => (text.startsWith("serial=") ? "leave `serial=` away" : undefined),
    );
  const numbers = items.map(({ value }) => (typeof value === "string" ? canonicalSerial(value) : undefined));
  items.forEach((serial, i) => {
    const first = numbers.indexOf(numbers[i]);
    if (numbers[i] !== undefined && first < i)
      serial.fail("each serial number once", `it is already in ${serials.path}[${first}]`);
  });
}

/** Checks a certificate to be issued. */
export function checkLeafSettings(args: Field): void {
  args.onlyKeys(["commonName", "usage", "dnsNames", "ipAddresses", "validity", "renewBefore", "rotateKey"]);
  const usage = args.at("usage").oneOf(Object.values(CertificateUsage));
  // FACTS 9: a CN such as `a/b` would reach into another user's topics.
  (usage === CertificateUsage.Client ? checkUsername : checkName)(args.at("commonName"));
  checkHostnames(args.at("dnsNames"));
  checkAddresses(args.at("ipAddresses"));
  checkRenewal(args, MAX_VALIDITY[usage ?? "client"]);
}

/**
 * What to put in a certificate as DNS names. IPv4 addresses are among them: mbedTLS before 3.5 (ESP32) and BearSSL (ESP8266)
 * compare what they connect to with nothing else. They come last, after the names at which others stop to read.
 */
export function namesToCompare({ dnsNames, ipAddresses }: LeafSettings): string[] {
  return [...(dnsNames ?? []), ...(ipAddresses ?? []).filter((address) => isIPv4(address))];
}

function checkName(field: Field): void {
  field.string("1 to 64 printable characters", (text) => /^[^\p{C}]{1,64}$/u.test(text) && text.trim() === text);
}

/** A checked authority with its defaults applied. */
export interface AuthorityModel {
  readonly subject: { readonly commonName: string; readonly organization?: string; readonly country?: string };
  readonly algorithm: KeyAlgorithm;
  readonly key: KeyArguments;
  readonly lifetime: LifetimeHours;
  readonly revoked: readonly string[];
}

/** Applies the defaults to a checked authority. */
export function authorityModel(settings: AuthoritySettings): AuthorityModel {
  const { commonName, organization, country } = settings;
  return {
    subject: {
      commonName,
      ...(organization == null ? {} : { organization }),
      ...(country == null ? {} : { country }),
    },
    algorithm: settings.algorithm ?? KeyAlgorithm.EcdsaP256,
    key: keyArguments(settings.algorithm),
    lifetime: lifetimeHours(settings, "10y"),
    revoked: settings.revoked ?? [],
  };
}

/** A kind of key in the words of the tls provider. */
export interface KeyArguments {
  readonly algorithm: string;
  readonly ecdsaCurve?: string;
  readonly rsaBits?: number;
}

const KEYS: Readonly<Record<KeyAlgorithm, KeyArguments>> = {
  "ECDSA-P256": { algorithm: "ECDSA", ecdsaCurve: "P256" },
  "RSA-2048": { algorithm: "RSA", rsaBits: 2048 },
  "RSA-4096": { algorithm: "RSA", rsaBits: 4096 },
};

/** The arguments of a key; ECDSA P-256 when nothing is said. */
export function keyArguments(algorithm: KeyAlgorithm | undefined): KeyArguments {
  return KEYS[algorithm ?? KeyAlgorithm.EcdsaP256];
}
