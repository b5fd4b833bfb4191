// Never run: the compiler must find each of these mistakes, or the package's types are worth nothing.
import { AclRule, MqttUser, TlsAuthority } from "pulumi-mosquitto-pi";

// @ts-expect-error there is no such argument
new MqttUser("sensor1", { pasword: "correct-horse-battery" });
// @ts-expect-error an access is one of four words
new AclRule("rule", { user: "sensor1", access: "redwrite", topic: "home/temperature" });
// @ts-expect-error a duration has a unit
new TlsAuthority("ca", { commonName: "Home MQTT CA", validity: "10 years" });
