import type { Field } from "../core/field";
import { canonicalAddress, checkAddress, isLoopback } from "../tls/names";
import { checkCiphers } from "./ciphers";
import { LISTENER_NAMES, LISTENERS, type ListenerName, TlsVersion } from "./listeners";
import { isAny } from "./serverNames";
import { versionsOf } from "./versions";

const COMMON_KEYS = ["port", "bind", "maxConnections", "maxQos"];
const TLS_KEYS = [...COMMON_KEYS, "tlsVersion", "ciphers"];

/** A listener that is wanted, and where it is described. */
interface Wanted {
  readonly name: ListenerName;
  readonly field: Field;
}

/** Checks the listeners: each by itself, then side by side, and with what the host's mosquitto can do. */
export function checkListeners(broker: Field, suite: unknown): void {
  const listeners = broker.at("listeners");
  if (listeners.isAbsent || listeners.isUnknown) return;
  if (!listeners.object("an object such as { tls: {}, websockets: {} }")) return;
  listeners.onlyKeys(LISTENER_NAMES);
  const wanted = LISTENER_NAMES.map((name) => ({ name, field: listeners.at(name) })).filter((l) => !l.field.isAbsent);
  for (const listener of wanted) checkListener(listener);
  if (wanted.length === 0)
    listeners.mistake("at least one listener", "none", "leave `listeners` away for TLS on port 8883");
  checkPorts(wanted);
  checkVersion(wanted, listeners, suite);
  adviseOnConnections(wanted, suite);
}

function checkListener({ name, field }: Wanted): void {
  if (!field.object("an object such as { port: 8883 }")) return;
  field.onlyKeys(name === "mqtt" ? [...COMMON_KEYS, "insecure"] : TLS_KEYS);
  field.at("port").given()?.integer(1024, 65535);
  const bind = field.at("bind").given();
  if (bind !== undefined) checkAddress(bind);
  field.at("maxConnections").given()?.integer(1, 100_000);
  field.at("maxQos").given()?.integer(0, 2);
  field.at("tlsVersion").given()?.oneOf(Object.values(TlsVersion));
  const ciphers = field.at("ciphers").given();
  if (ciphers !== undefined) checkCiphers(ciphers);
  if (name === "mqtt") checkPlain(field);
}

function checkPlain(mqtt: Field): void {
  const insecure = mqtt.at("insecure").given()?.boolean() ?? false;
  const bind = mqtt.at("bind");
  if (
    insecure ||
    mqtt.at("insecure").isUnknown ||
    bind.isUnknown ||
    (typeof bind.value === "string" && isLoopback(bind.value))
  )
    return;
  bind.fail(
    "a loopback address for a listener without encryption",
    'say bind: "127.0.0.1", or `insecure: true` if you must',
  );
}

function checkPorts(wanted: readonly Wanted[]): void {
  wanted.forEach(({ name, field }, i) => {
    const port = portOf(name, field);
    const other = wanted.slice(0, i).find((l) => portOf(l.name, l.field) === port && sameAddress(l.field, field));
    if (port !== undefined && other !== undefined)
      field
        .at("port")
        .mistake("a port of its own", String(port), `it is already taken by ${other.field.path}; choose another`);
  });
}

function portOf(name: ListenerName, field: Field): number | undefined {
  const port = field.at("port");
  if (port.isAbsent) return LISTENERS[name].port;
  return typeof port.value === "number" ? port.value : undefined;
}

function sameAddress(a: Field, b: Field): boolean {
  const [one, two] = [a.at("bind"), b.at("bind")];
  if (one.isUnknown || two.isUnknown) return false;
  const address = (bind: Field) => (typeof bind.value === "string" ? canonicalAddress(bind.value) : "::");
  return isAny(address(one)) || isAny(address(two)) || address(one) === address(two);
}

function checkVersion(wanted: readonly Wanted[], listeners: Field, suite: unknown): void {
  const versions = versionsOf(suite);
  const websockets = wanted.find((l) => l.name === "websockets");
  if (websockets === undefined) return;
  const alone = versions.find((v) => v.needsNativeListener);
  if (wanted.length === 1 && alone !== undefined)
    listeners.mistake(
      `a listener beside websockets (mosquitto ${alone.version} exits without)`,
      "websockets only",
      'add `mqtt: { bind: "127.0.0.1" }` or `tls: {}`',
    );
  const deaf = versions.find((v) => v.websocketsIgnoreTlsVersion);
  const tlsVersion = websockets.field.at("tlsVersion");
  if (deaf !== undefined && tlsVersion.value === TlsVersion.V1_3)
    tlsVersion.fail(
      `"1.2" (mosquitto ${deaf.version} accepts TLS 1.2 on websockets whatever is set)`,
      "leave it away, or leave websockets away",
    );
}

function adviseOnConnections(wanted: readonly Wanted[], suite: unknown): void {
  const loose = versionsOf(suite).find((v) => v.exceedsMaxConnections);
  if (loose === undefined) return;
  for (const limit of wanted.map(({ field }) => field.at("maxConnections")).filter((field) => !field.isAbsent))
    limit.advise(
      `mosquitto ${loose.version} (bookworm) does not hold to it and lets more clients in; 2.0.21 (trixie) does`,
    );
}

/** The listeners that are wanted, as far as it is known. */
export function wantedListeners(broker: Field): ListenerName[] {
  const listeners = broker.at("listeners");
  if (listeners.isUnknown) return [];
  return listeners.isAbsent ? ["tls"] : LISTENER_NAMES.filter((name) => !listeners.at(name).isAbsent);
}
