import * as pulumi from "@pulumi/pulumi";
import { MosquittoBroker, MqttUser, RaspberryPi, StaticIp, TlsAuthority } from "pulumi-mosquitto-pi";

const config = new pulumi.Config();
const privateKey = config.requireSecret("privateKey");

const pi = new RaspberryPi("pi", {
  connection: { host: config.require("host"), user: "pi", privateKey, hostKey: config.require("hostKey") },
});
const lan = new StaticIp("lan", { host: pi, address: config.require("address"), gateway: config.require("gateway") });

const ca = new TlsAuthority("ca", { commonName: "Home MQTT CA" });
const sensor1 = new MqttUser("sensor1");
const broker = new MosquittoBroker("broker", {
  host: lan.host,
  authority: ca,
  users: [sensor1],
  rules: [{ user: "sensor1", access: "write", topic: "home/livingroom/temperature" }],
});

export const url = broker.url;
export const caPem = ca.certificatePem;
export const password = sensor1.password;
