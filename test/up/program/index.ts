import { readFileSync } from "node:fs";

import * as pulumi from "@pulumi/pulumi";

import { AclRule, MosquittoBroker, MqttUser, RaspberryPi, TlsAuthority } from "../../../sdk";
import type { Spec } from "./spec";

const spec = JSON.parse(readFileSync(process.env["UP_SPEC"] ?? "", "utf8")) as Spec;
const config = new pulumi.Config();

const authority = spec.authority ?? new TlsAuthority("ca", { commonName: "Test CA" });

const users = Object.entries(spec.users ?? {}).map(
  ([name, { certificate, passwordConfig, ...args }]) =>
    new MqttUser(name, {
      ...args,
      ...(passwordConfig === undefined ? {} : { password: config.requireSecret(passwordConfig) }),
      ...(certificate === true ? { certificate: { authority } } : {}),
    }),
);
const rules = (spec.rules ?? []).map((args, i) => new AclRule(`rule-${i}`, args));

const brokers = Object.entries(spec.hosts).flatMap(([name, args]) => {
  const host = new RaspberryPi(name, args);
  if (spec.hostsOnly === true) return [];
  const shared = {
    users: [...users, ...(spec.plainUsers ?? [])],
    rules: [...rules, ...(spec.plainRules ?? [])],
    authority,
  };
  return [[name, new MosquittoBroker(`${name}-broker`, { ...spec.broker, ...shared, host })] as const];
});

export const ca = authority.certificatePem;
export const urls = Object.fromEntries(brokers.map(([name, { urls }]) => [name, urls]));
export const versions = Object.fromEntries(brokers.map(([name, { version }]) => [name, version]));
export const passwords = Object.fromEntries(users.map((user, i) => [Object.keys(spec.users ?? {})[i], user.password]));
export const certificates = Object.fromEntries(
  users.map((user, i) => [
    Object.keys(spec.users ?? {})[i],
    { certificatePem: user.certificatePem, privateKeyPem: user.privateKeyPem },
  ]),
);
