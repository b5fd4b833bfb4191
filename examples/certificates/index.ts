import * as pulumi from "@pulumi/pulumi";
import { MosquittoBroker, MqttUser, RaspberryPi, TlsAuthority } from "pulumi-mosquitto-pi";

const config = new pulumi.Config();
const generations = config.getObject<string[]>("generations");
const lost = config.getObject<string[]>("lost") ?? [];

const pi = new RaspberryPi("pi", {
  connection: {
    host: config.require("host"),
    user: "pi",
    privateKey: config.requireSecret("privateKey"),
    hostKey: config.require("hostKey"),
  },
});
const ca = new TlsAuthority("ca", {
  commonName: "Home MQTT CA",
  generations,
  issuing: config.get("issuing"),
  crossSign: true,
});

const admin = new MqttUser("admin");
const relays = ["relay1", "relay2"].map(
  (name) =>
    new MqttUser(name, {
      certificate: { authority: ca, validity: "1y", rotateKey: true },
      revoked: lost.includes(name),
    }),
);
const broker = new MosquittoBroker("broker", {
  host: pi,
  authority: ca,
  hostnames: ["mqtt-pi.local"],
  validity: "90d",
  listeners: { tls: {}, mutualTls: {} },
  users: [admin, ...relays],
  rules: [
    { everyone: true, access: "readwrite", topic: "devices/%u/#" },
    { user: admin, access: "read", topic: "$mosquitto-pi/certificates" },
  ],
});

export const caPem = ca.certificatePem;
export const adminPassword = admin.password;
/** For each device: its certificate and key. */
export const bundles = relays.map(({ username, certificatePem, privateKeyPem, certificateExpires }) => ({
  username,
  certificatePem,
  privateKeyPem,
  certificateExpires,
}));
export const url = broker.url;
export const certificateExpires = broker.certificateExpires;
