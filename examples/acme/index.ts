import * as pulumi from "@pulumi/pulumi";
import { AcmeCertificate, MosquittoBroker, MqttUser, RaspberryPi } from "pulumi-mosquitto-pi";

const config = new pulumi.Config();
const domain = config.require("domain");

const pi = new RaspberryPi("pi", {
  connection: {
    host: config.require("host"),
    user: "pi",
    privateKey: config.requireSecret("privateKey"),
    hostKey: config.require("hostKey"),
  },
});
const acme = new AcmeCertificate("acme", {
  host: pi,
  domains: [domain],
  email: config.get("email"),
  dns01: {
    provider: config.require("dnsProvider"),
    credentials: config.requireSecretObject<Record<string, string>>("dnsCredentials"),
  },
  // For another authority than Let's Encrypt.
  server: config.get("acmeServer"),
  caPem: config.get("acmeCaPem"),
});

const sensor = new MqttUser("sensor");
const broker = new MosquittoBroker("broker", {
  host: pi,
  certificate: acme,
  hostnames: [domain],
  users: [sensor],
  rules: [{ user: sensor, access: "write", topic: "home/garden/temperature" }],
});

export const url = broker.url;
export const certificateExpires = acme.expires;
export const sensorPassword = sensor.password;
