import * as pulumi from "@pulumi/pulumi";
import { AclRule, MosquittoBroker, MqttUser, RaspberryPi, TlsAuthority } from "pulumi-mosquitto-pi";

const config = new pulumi.Config();

const pi = new RaspberryPi("pi", {
  connection: {
    host: config.require("host"),
    user: config.require("user"),
    privateKey: config.requireSecret("privateKey"),
    hostKey: config.require("hostKey"),
  },
});

const ca = new TlsAuthority("home-ca", { commonName: "MQTT-CA", organization: "HomeNet" });

// The sensor may log in either way: by password, or by a certificate whose CN is its user name.
const sensor1 = new MqttUser("sensor1", { password: true, certificate: { authority: ca } });
const actuator1 = new MqttUser("actuator1");
const admin = new MqttUser("admin");

const rules = [
  new AclRule("sensor1-temperature", { user: sensor1, access: "write", topic: "home/livingroom/temperature" }),
  new AclRule("sensor1-humidity", { user: sensor1, access: "write", topic: "home/kitchen/humidity" }),
  new AclRule("actuator1-relay1", { user: actuator1, access: "read", topic: "controls/relay1" }),
  new AclRule("actuator1-relay2", { user: actuator1, access: "read", topic: "controls/relay2" }),
  new AclRule("admin-everything", { user: admin, access: "readwrite", topic: "#" }),
  new AclRule("own-topics", { everyone: true, access: "readwrite", topic: "devices/%u/#" }),
];

const broker = new MosquittoBroker("broker", {
  host: pi,
  authority: ca,
  hostnames: [config.require("hostname")],
  users: [sensor1, actuator1, admin],
  rules,
  listeners: { tls: { port: 8883 }, mutualTls: { port: 8884 }, websockets: { port: 9001 } },
});

export const url = broker.url;
export const urls = broker.urls;
export const caPem = ca.certificatePem;
export const passwords = { sensor1: sensor1.password, actuator1: actuator1.password, admin: admin.password };
export const sensor1Certificate = { certificatePem: sensor1.certificatePem, privateKeyPem: sensor1.privateKeyPem };
