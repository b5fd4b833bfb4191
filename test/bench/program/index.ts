import { readFileSync } from "node:fs";

import { MosquittoBroker, type MosquittoBrokerArgs, RaspberryPi, type SshLogin } from "pulumi-mosquitto-pi";

/** What is to be deployed: data, as a fleet's is. */
export interface StackInputs extends Required<Pick<MosquittoBrokerArgs, "authority" | "users" | "rules" | "validity">> {
  readonly hosts: Readonly<Record<string, SshLogin & { readonly host: string }>>;
}

const { hosts, ...broker } = JSON.parse(readFileSync(process.env["BENCH_FLEET"] ?? "", "utf8")) as StackInputs;

for (const [name, connection] of Object.entries(hosts))
  new MosquittoBroker(`${name}-broker`, {
    ...broker,
    host: new RaspberryPi(name, { connection }),
    hostnames: [`${name}.local`],
    addresses: [connection.host],
    listeners: { tls: {}, mutualTls: {}, websockets: {} },
  });
