import * as pulumi from "@pulumi/pulumi";
import { AclRule, MosquittoBroker, MqttUser, RaspberryPi, TlsAuthority } from "pulumi-mosquitto-pi";

const config = new pulumi.Config();
const privateKey = config.requireSecret("privateKey");

const pi = new RaspberryPi("pi", {
  connection: { host: config.require("host"), user: "pi", privateKey, hostKey: config.require("hostKey") },
});
const ca = new TlsAuthority("ca", { commonName: "Home MQTT CA" });
const sensor1 = new MqttUser("sensor1");
const rule = new AclRule("temperature", { user: sensor1, access: "write", topic: "home/livingroom/temperature" });
const broker = new MosquittoBroker("broker", { host: pi, authority: ca, users: [sensor1], rules: [rule] });

export const url = broker.url;
export const caPem = ca.certificatePem;
export const password = sensor1.password;
