import { Field } from "../../sdk/core/field";
import { formatIssues } from "../../sdk/core/issue";
import { checkBroker } from "../../sdk/mosquitto/brokerChecks";
import type { BrokerSpec } from "../../sdk/mosquitto/model";
import { passwordHash } from "../../sdk/mosquitto/password";
import { newKey, selfSigned } from "./providers";

/** A hash as an MqttUser makes it. */
export const HASH = passwordHash("a password of tests", Buffer.alloc(12, 7), 101);

const key = newKey();

/** A certificate authority of this test run. */
export const AUTHORITY = { certificatePem: selfSigned(key, "test-ca", ["mqtt-pi.local"]), privateKeyPem: key };

/** The smallest right broker. */
export const SMALL: BrokerSpec = { authority: AUTHORITY, users: [{ username: "sensor1", passwordHash: HASH }] };

/** The home of the guide. */
export const HOME: BrokerSpec = {
  ...SMALL,
  hostnames: ["mqtt-pi.local"],
  users: ["sensor1", "actuator1", "admin"].map((username) => ({ username, passwordHash: HASH })),
  rules: [
    { user: "sensor1", access: "write", topic: "home/livingroom/temperature" },
    { user: "sensor1", access: "write", topic: "home/kitchen/humidity" },
    { user: "actuator1", access: "read", topic: "controls/relay1" },
    { user: "actuator1", access: "read", topic: "controls/relay2" },
    { user: "admin", access: "readwrite", topic: "#" },
    { everyone: true, access: "readwrite", topic: "devices/%u/#" },
  ],
  listeners: { tls: {}, mutualTls: {}, websockets: {} },
};

/** What a broker's check finds. */
export function examine(spec: unknown): Field {
  const field = new Field(spec);
  checkBroker(field);
  return field;
}

/** The error text for a broker, empty when it is right. */
export function mistakesIn(spec: unknown): string {
  const { found } = examine(spec);
  return found.length === 0 ? "" : formatIssues("MosquittoBroker", "broker", found);
}
