import { readFileSync } from "node:fs";

import * as pulumi from "@pulumi/pulumi";

import {
  AclRule,
  AcmeCertificate,
  type Authority,
  Fail2BanJail,
  Firewall,
  type Host,
  MosquittoBroker,
  MqttUser,
  OsBaseline,
  RaspberryPi,
  StaticIp,
  type StaticIpArgs,
  TlsAuthority,
} from "../../../sdk";
import { KEPT, type Spec, type UserSettings } from "./spec";

const spec = JSON.parse(readFileSync(process.env["UP_SPEC"] ?? "", "utf8")) as Spec;
const config = new pulumi.Config();

const authority = spec.authority ?? new TlsAuthority("ca", { commonName: "Test CA", ...spec.ca });
const users = mapValues(spec.users ?? {}, makeUser);
const rules = (spec.rules ?? []).map((args, i) => new AclRule(`rule-${i}`, args));
const secretRules = (spec.secretRules ?? []).map(
  (args, i) => new AclRule(`secret-rule-${i}`, { ...args, topic: pulumi.secret(args.topic) }),
);
const hosts = mapValues(spec.hosts, (args, name) => new RaspberryPi(name, args));
const networks = mapValues(spec.networks ?? {}, makeNetwork);
const systems = mapValues(
  spec.systems ?? {},
  (args, name) => new OsBaseline(`${name}-os`, { ...args, host: networks[name]?.host ?? (hosts[name] as Host) }),
);
const brokers = mapValues(spec.hostsOnly === true ? {} : hosts, (host, name) =>
  makeBroker((systems[name] ?? networks[name])?.host ?? host, name),
);
const jails =
  spec.jail === undefined
    ? {}
    : mapValues(brokers, (broker, name) => new Fail2BanJail(`${name}-jail`, { ...spec.jail, broker }));

const firewalls = mapValues(spec.firewalls ?? {}, makeFirewall);

export const jailNames = mapValues(jails, ({ jail }) => jail);
export const addresses = mapValues(networks, ({ address }) => address);
export const hostnames = mapValues(systems, ({ hostname }) => hostname);
export const devices = mapValues(networks, ({ device }) => device);
export const otherRules = mapValues(firewalls, (firewall) => firewall.otherRules);
export const ca = authority.certificatePem;
export const urls = mapValues(brokers, (broker) => broker.urls);
export const versions = mapValues(brokers, (broker) => broker.version);
export const expires = mapValues(brokers, (broker) => broker.certificateExpires);
export const passwords = mapValues(users, (user) => user.password);
export const certificates = mapValues(users, ({ certificatePem, privateKeyPem }) => ({
  certificatePem,
  privateKeyPem,
}));

function makeUser({ certificate, generation, passwordConfig, ...args }: UserSettings, name: string): MqttUser {
  return new MqttUser(name, {
    ...args,
    ...(passwordConfig === undefined ? {} : { password: config.requireSecret(passwordConfig) }),
    ...(certificate === undefined || certificate === false
      ? {}
      : { certificate: { ...(certificate === true ? {} : certificate), authority: issuer(generation) } }),
  });
}

function issuer(generation: string | undefined): Authority {
  return generation !== undefined && authority instanceof TlsAuthority ? authority.generation(generation) : authority;
}

function makeNetwork(args: Omit<StaticIpArgs, "host">, name: string): StaticIp {
  const formerName = spec.networksFormerly?.[name];
  const [suffix, options] = formerName === undefined ? ["lan", {}] : ["network", { aliases: [{ name: formerName }] }];
  return new StaticIp(`${name}-${suffix}`, { ...args, host: hosts[name] as Host }, options);
}

function makeBroker(host: Host, name: string): MosquittoBroker {
  const args = {
    ...spec.broker,
    host,
    ...serverCertificate(host, name),
    users: [...Object.values(users), ...(spec.plainUsers ?? [])],
    rules: [...rules, ...secretRules, ...(spec.plainRules ?? [])],
  };
  const formerName = spec.formerly?.[name];
  return new MosquittoBroker(`${name}-broker`, args, formerName ? { aliases: [{ name: formerName }] } : {});
}

function serverCertificate(host: Host, name: string) {
  const acme = spec.acme?.[name];
  if (acme !== undefined)
    return { certificate: new AcmeCertificate(`${name}-acme`, { ...acme, host }), clientAuthority: authority };
  const domains = spec.kept?.[name];
  if (domains === undefined) return { authority };
  return { certificate: { host, folder: KEPT, domains: pulumi.output(domains), expires: pulumi.output("") } };
}

function makeFirewall(args: NonNullable<Spec["firewalls"]>[string], name: string): Firewall {
  const host = networks[name]?.host ?? hosts[name];
  if (host === undefined) throw new Error(`no host ${name}`);
  const broker = brokers[name];
  return new Firewall(`${name}-firewall`, { ...(broker === undefined ? {} : { broker }), ...args, host });
}

function mapValues<A, B>(values: Readonly<Record<string, A>>, make: (value: A, name: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, make(value, name)]));
}
