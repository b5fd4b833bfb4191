import * as pulumi from "@pulumi/pulumi";
import {
  AclRule,
  Fail2BanJail,
  Firewall,
  MosquittoBroker,
  MqttUser,
  OsBaseline,
  RaspberryPi,
  StaticIp,
  TlsAuthority,
} from "pulumi-mosquitto-pi";

const config = new pulumi.Config();
const home = config.require("network");

const pi = new RaspberryPi("pi", {
  connection: {
    host: config.require("host"),
    user: "pi",
    privateKey: config.requireSecret("privateKey"),
    hostKey: config.require("hostKey"),
  },
});
const lan = new StaticIp("lan", { host: pi, address: config.require("address"), gateway: config.require("gateway") });
const os = new OsBaseline("os", {
  host: lan.host,
  hostname: "mqtt-pi",
  upgrade: "security",
  rebootIfRequired: true,
  unattendedUpgrades: { rebootAt: "04:00" },
});

const ca = new TlsAuthority("ca", { commonName: "Home MQTT CA" });
const sensor1 = new MqttUser("sensor1");
const relay1 = new MqttUser("relay1", { certificate: { authority: ca } });
const broker = new MosquittoBroker("broker", {
  host: os.host,
  authority: ca,
  listeners: { tls: {}, mutualTls: {}, websockets: {} },
  users: [sensor1, relay1],
  rules: [
    new AclRule("sensor1-temperature", { user: sensor1, access: "write", topic: "home/livingroom/temperature" }),
    new AclRule("relay1-switch", { user: relay1, access: "read", topic: "home/livingroom/lamp/set" }),
  ],
});

// SSH and websockets from the home's own network only; the rest of the broker from everywhere, nothing else at all.
new Firewall("firewall", {
  host: os.host,
  broker,
  ssh: { from: [home] },
  listeners: { websockets: { from: [home] } },
});
const jail = new Fail2BanJail("jail", {
  broker,
  maxRetry: 5,
  findTime: "5m",
  banTime: "1h",
  sshd: {},
});

export const url = broker.url;
export const jailName = jail.jail;
export const caPem = ca.certificatePem;
export const password = sensor1.password;
