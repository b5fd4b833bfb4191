import { readFileSync } from "node:fs";

import { Config } from "@pulumi/pulumi";
import { MosquittoBroker, type MosquittoBrokerArgs, RaspberryPi, type SshLogin } from "pulumi-mosquitto-pi";

/** What is to be deployed: data, as a fleet's is. */
export interface StackInputs extends Required<Pick<MosquittoBrokerArgs, "rules" | "validity">> {
  readonly hosts: Readonly<Record<string, SshLogin & { readonly host: string }>>;
  readonly users: readonly string[];
  readonly authorityPem: string;
}

/** What is encrypted in the stack's configuration. */
export interface StackSecrets {
  readonly authorityKeyPem: string;
  readonly passwordHashes: Readonly<Record<string, string>>;
}

const inputs = JSON.parse(readFileSync(process.env["BENCH_FLEET"] ?? "", "utf8")) as StackInputs;
const secrets = new Config().requireSecretObject<StackSecrets>("secrets");
const { hosts, authorityPem, rules, validity } = inputs;
const authority = { certificatePem: authorityPem, privateKeyPem: secrets.authorityKeyPem };
const users = inputs.users.map((username) => ({
  username,
  passwordHash: secrets.passwordHashes.apply((hashes) => hashes[username] ?? ""),
}));

for (const [name, connection] of Object.entries(hosts))
  new MosquittoBroker(`${name}-broker`, {
    host: new RaspberryPi(name, { connection }),
    hostnames: [`${name}.local`],
    addresses: [connection.host],
    authority,
    users,
    rules,
    validity,
    listeners: { tls: {}, mutualTls: {}, websockets: {} },
  });
