import { readFileSync } from "node:fs";

import { type Access, MosquittoBroker, MqttUser, RaspberryPi, type SshLogin, TlsAuthority } from "pulumi-mosquitto-pi";

/** The hosts, by name. */
export type Fleet = Readonly<Record<string, SshLogin>>;

const fleet = JSON.parse(readFileSync(process.env["SCALE_FLEET"] ?? "", "utf8")) as Fleet;

const authority = new TlsAuthority("ca", { commonName: "Fleet MQTT CA" });
const users = Array.from({ length: 10 }, (_, i) => new MqttUser(`sensor${i}`));
const access: readonly Access[] = ["write", "read"];
const rules = users.flatMap((user, i) => access.map((may) => ({ user, access: may, topic: `site/room${i}/${may}/#` })));

for (const [name, connection] of Object.entries(fleet))
  new MosquittoBroker(`${name}-broker`, {
    host: new RaspberryPi(name, { connection }),
    authority,
    hostnames: [`${name}.local`],
    users,
    rules,
    listeners: { tls: {}, websockets: {} },
  });
