import type { Duration } from "../core/duration";
import type { Field } from "../core/field";
import { checkAuthority, checkLifetime } from "../tls/model";
import { checkAddresses, checkHostnames } from "../tls/names";
import { checkCertificatePem, checkCovered, checkKeyPair } from "../tls/pem";
import { checkListeners } from "./listenerChecks";
import { listenerModels, LISTENER_NAMES, LISTENERS, type ListenerModel, type Listeners } from "./listeners";
import { checkLimits, type Limits } from "./limits";
import { checkLogging, type Logging } from "./logging";
import { checkPersistence, type Persistence } from "./persistence";
import { checkRules, type RuleSpec } from "./rules";
import { checkSettings, type Settings } from "./settings";
import { checkUsers, knownUsernames, type UserSpec } from "./users";

/** What a broker does, apart from its users, rules and certificates. */
export interface BrokerSettings {
  /**
   * DNS names that clients reach the broker by. The first one stands in `url`.
   *
   * @defaultValue none: the address of the connection is used
   */
  readonly hostnames?: readonly string[] | undefined;
  /** IP addresses that clients reach the broker by, beside the connection's and the Pi's own loopback. */
  readonly addresses?: readonly string[] | undefined;
  /**
   * How long the server certificate is valid, at most "2y"; `pulumi up` renews it in the last third.
   *
   * @defaultValue "2y"
   */
  readonly validity?: Duration | undefined;
  /**
   * Which listeners there are.
   *
   * @defaultValue `{ tls: {} }`: TLS on port 8883
   */
  readonly listeners?: Listeners | undefined;
  /**
   * Whether clients may come without user name. They may do what rules with `anonymous: true` say, of which one must be there.
   *
   * @defaultValue false
   */
  readonly allowAnonymous?: boolean | undefined;
  /** What is kept over a restart. */
  readonly persistence?: Persistence | undefined;
  /** Limits for clients and queues. */
  readonly limits?: Limits | undefined;
  /** What is logged, and where. */
  readonly logging?: Logging | undefined;
  /** Further global settings of mosquitto.conf by their own names; only those that no argument covers and that keep the broker closed. */
  readonly settings?: Settings | undefined;
}

/** A certificate and key that you have, and the authority that clients know. */
export interface GivenCertificate {
  /** The server's certificate, PEM; a chain has the server's own first. */
  readonly certificatePem: string;
  /** Its private key, PEM without passphrase. It goes to the Pi. */
  readonly privateKeyPem: string;
  /** Certificate of the authority that signed it, PEM. */
  readonly caPem: string;
}

/** All that is checked before anything is made: settings, users, rules and where certificates come from. */
export interface BrokerSpec extends BrokerSettings {
  /** Debian release of the host, when it is known. */
  readonly suite?: string | undefined;
  readonly authority?: { readonly certificatePem: string; readonly privateKeyPem: string } | undefined;
  readonly certificate?: GivenCertificate | undefined;
  readonly clientAuthority?: { readonly certificatePem: string } | undefined;
  readonly users: readonly UserSpec[];
  readonly rules?: readonly RuleSpec[] | undefined;
}

/** A checked broker with its defaults applied. Holds hashes of passwords, never passwords. */
export interface BrokerModel {
  readonly users: readonly UserSpec[];
  readonly rules: readonly RuleSpec[];
  readonly listeners: readonly ListenerModel[];
  readonly allowAnonymous: boolean;
  readonly persistence: Persistence;
  readonly limits: Limits;
  readonly logging: Logging;
  readonly settings: Settings;
}

const KEYS: readonly (keyof BrokerSpec)[] = [
  "suite",
  "authority",
  "certificate",
  "clientAuthority",
  "users",
  "rules",
  "hostnames",
  "addresses",
  "validity",
  "listeners",
  "allowAnonymous",
  "persistence",
  "limits",
  "logging",
  "settings",
];

/** Checks all of a broker. */
export function checkBroker(broker: Field): void {
  const suite = broker.at("suite").value;
  const users = broker.at("users").items();
  const rules = broker.at("rules").items();
  broker.onlyKeys(KEYS);
  checkNames(broker);
  checkListeners(broker, suite);
  checkCertificates(broker);
  checkUsers(users);
  checkLogins(users, wanted(broker));
  broker.at("allowAnonymous").given()?.boolean();
  checkRules(rules, broker.at("users").isUnknown ? undefined : knownUsernames(users), broker.at("allowAnonymous"));
  checkAnonymous(broker.at("allowAnonymous"), broker.at("rules"), rules);
  for (const [name, check] of [
    ["persistence", checkPersistence],
    ["limits", checkLimits],
    ["logging", checkLogging],
  ] as const) {
    const field = broker.at(name).given();
    if (field !== undefined) check(field);
  }
  const settings = broker.at("settings").given();
  if (settings !== undefined) checkSettings(settings, suite);
}

/** Checks what goes into the server certificate. */
export function checkNames(broker: Field): void {
  checkHostnames(broker.at("hostnames"));
  checkAddresses(broker.at("addresses"));
  checkLifetime(broker, "2y", "2y");
}

function checkCertificates(broker: Field): void {
  const [authority, certificate] = [broker.at("authority").given(), broker.at("certificate").given()];
  if (authority !== undefined) checkAuthority(authority);
  if (certificate !== undefined) checkGiven(certificate, broker.at("hostnames").items());
  if (authority !== undefined && certificate !== undefined)
    broker.at("certificate").mistake("either `authority` or `certificate`", "both", "leave one away");
  const clients = broker.at("clientAuthority").given();
  if (clients !== undefined) checkCertificatePem(clients.at("certificatePem"));
  const usesTls = wanted(broker).find((name) => LISTENERS[name].security !== "none");
  if (usesTls !== undefined && authority === undefined && certificate === undefined)
    broker
      .at(usesTls === "tls" && broker.at("listeners").isAbsent ? "authority" : `listeners.${usesTls}`)
      .mistake("`authority` or `certificate` beside a TLS listener", "neither", "add `authority: new TlsAuthority(…)`");
  // A public authority signs certificates for anyone, with any name: it must not decide who logs in.
  if (wanted(broker).includes("mutualTls") && certificate !== undefined && clients === undefined)
    broker
      .at("clientAuthority")
      .mistake(
        "the authority that signs client certificates, since `certificate` is given",
        "nothing",
        "add `clientAuthority: ca`, one that is yours alone",
      );
}

function checkGiven(certificate: Field, hostnames: readonly Field[]): void {
  if (!certificate.object("an object with `certificatePem`, `privateKeyPem` and `caPem`")) return;
  certificate.onlyKeys(["certificatePem", "privateKeyPem", "caPem"]);
  checkCertificatePem(certificate.at("certificatePem"));
  checkKeyPair(certificate.at("privateKeyPem"), certificate.at("certificatePem"));
  checkCertificatePem(certificate.at("caPem"));
  for (const name of hostnames) checkCovered(name, certificate.at("certificatePem"));
}

/** The listeners that are wanted, as far as it is known. */
function wanted(broker: Field): (keyof Listeners)[] {
  const listeners = broker.at("listeners");
  if (listeners.isUnknown) return [];
  return listeners.isAbsent ? ["tls"] : LISTENER_NAMES.filter((name) => !listeners.at(name).isAbsent);
}

/** Each user needs a listener to log in on. */
function checkLogins(users: readonly Field[], names: readonly (keyof Listeners)[]): void {
  if (names.length === 0) return;
  for (const user of users) {
    const certificate = user.at("certificate");
    const byPassword = !user.at("passwordHash").isAbsent;
    if (certificate.value === true && !byPassword && !names.includes("mutualTls"))
      certificate.mistake(
        "a `mutualTls` listener to log in on",
        names.join(", "),
        "add `listeners: { mutualTls: {} }`",
      );
    if (
      byPassword &&
      (certificate.isAbsent || certificate.value === false) &&
      names.every((name) => name === "mutualTls")
    )
      user.mistake(
        "a listener that asks for passwords",
        "only mutualTls",
        "add `listeners: { tls: {} }`, or give the user a certificate",
      );
  }
}

function checkAnonymous(allowed: Field, list: Field, rules: readonly Field[]): void {
  if (allowed.value !== true || list.isUnknown) return;
  if (rules.some((rule) => rule.at("anonymous").value === true || rule.at("anonymous").isUnknown || rule.isUnknown))
    return;
  allowed.mistake(
    "a rule with `anonymous: true` that says what they may do",
    "none",
    "add one, or leave `allowAnonymous` away",
  );
}

/** Applies the defaults to a checked broker. */
export function brokerModel(spec: BrokerSpec): BrokerModel {
  return {
    users: spec.users,
    rules: spec.rules ?? [],
    listeners: listenerModels(spec.listeners),
    allowAnonymous: spec.allowAnonymous ?? false,
    persistence: spec.persistence ?? {},
    limits: spec.limits ?? {},
    logging: spec.logging ?? {},
    settings: spec.settings ?? {},
  };
}
