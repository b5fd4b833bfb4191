import type { Field } from "../core/field";
import { checkRenewal } from "../tls/lifetime";
import { checkAddresses, checkHostnames } from "../tls/names";
import { checkCertificates } from "./certificateChecks";
import { checkListeners } from "./listenerChecks";
import { checkLimits } from "./limits";
import { checkLogging } from "./logging";
import { adviseOnUse, checkClientCertificates, checkLogins } from "./loginChecks";
import type { BrokerSpec } from "./model";
import { checkPersistence } from "./persistence";
import { checkRevoked } from "./revocation";
import { checkRules } from "./rules";
import { checkPrimaryName, checkSameHost } from "./serverNames";
import { checkSettings } from "./settings";
import { checkUsers, knownUsernames } from "./users";

/** A resource in an Output would be known too late to be taken apart. */
const LIST = "a list (its elements may be Outputs)";

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
  "renewBefore",
  "rotateKey",
  "listeners",
  "allowAnonymous",
  "abruptRotation",
  "persistence",
  "limits",
  "logging",
  "settings",
];

/** Checks all of a broker. */
export function checkBroker(broker: Field): void {
  const suite = broker.at("suite").value;
  const users = broker.at("users").items(LIST);
  const rules = broker.at("rules").items(LIST);
  if (broker.at("users").isAbsent) broker.at("users").fail(LIST, "say `users: []` if nobody may log in");
  broker.onlyKeys(["host", ...KEYS]);
  checkNames(broker);
  checkListeners(broker, suite);
  checkCertificates(broker);
  checkUsers(users);
  checkLogins(broker, users);
  checkClientCertificates(broker, users);
  checkRevoked(broker, users);
  adviseOnUse(broker, users, rules);
  broker.at("allowAnonymous").given()?.boolean();
  broker.at("abruptRotation").given()?.boolean();
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

/** Checks what the server's names follow from: arguments, listeners, a given certificate and the connection's host. */
export function checkServer(broker: Field): void {
  checkNames(broker);
  checkListeners(broker, broker.at("suite").value);
  checkPrimaryName(broker);
  checkSameHost(broker);
}

function checkNames(broker: Field): void {
  checkHostnames(broker.at("hostnames"));
  checkAddresses(broker.at("addresses"));
  checkRenewal(broker, "2y");
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
