import { canonicalAddress } from "../tls/names";

/** Oldest TLS version that a listener accepts. */
export const TlsVersion = {
  /** TLS 1.2 and 1.3: what an ESP32 needs. */
  V1_2: "1.2",
  /** TLS 1.3 only; locks out ESP32 boards and other clients that know only 1.2. */
  V1_3: "1.3",
} as const;
export type TlsVersion = (typeof TlsVersion)[keyof typeof TlsVersion];

/** What all listeners have. */
export interface Listener {
  /** TCP port, 1024 to 65535: mosquitto opens it when it is no longer root. */
  readonly port?: number | undefined;
  /**
   * IP address to listen on.
   *
   * @defaultValue every address of the Pi
   */
  readonly bind?: string | undefined;
  /**
   * Most clients at a time. Mosquitto 2.0.11 (bookworm) does not hold to it and lets more in. A reload lifts it on 2.0, so with it
   * each change is a restart.
   *
   * @defaultValue no limit (mosquitto's own)
   */
  readonly maxConnections?: number | undefined;
  /**
   * Highest quality of service that clients may use: 0, 1 or 2. A reload lifts it on 2.0, so with 0 or 1 each change is a restart.
   *
   * @defaultValue 2 (mosquitto's own)
   */
  readonly maxQos?: number | undefined;
}

/** MQTT without encryption: passwords and messages can be read on the way. */
export interface MqttListener extends Listener {
  /** @defaultValue 1883 */
  readonly port?: number | undefined;
  /** Must be `true` to listen on anything but a loopback address. */
  readonly insecure?: boolean | undefined;
}

/** MQTT over TLS, login by password. */
export interface TlsListener extends Listener {
  /** @defaultValue 8883 */
  readonly port?: number | undefined;
  /**
   * Oldest TLS version.
   *
   * @defaultValue "1.2": an ESP32 knows nothing newer
   */
  readonly tlsVersion?: TlsVersion | undefined;
  /**
   * Cipher list for TLS 1.2, in OpenSSL's words.
   *
   * @defaultValue "ECDHE+AESGCM:ECDHE+CHACHA20": forward secrecy, and no CBC
   */
  readonly ciphers?: string | undefined;
}

/** MQTT over TLS, login by client certificate: its CN is the user name; no password is asked for. */
export interface MutualTlsListener extends TlsListener {
  /** @defaultValue 8884 */
  readonly port?: number | undefined;
}

/** MQTT over websockets over TLS, for browsers; login by password. */
export interface WebsocketsListener extends TlsListener {
  /** @defaultValue 9001 */
  readonly port?: number | undefined;
  /**
   * Only "1.2": mosquitto 2.0 accepts TLS 1.2 on websockets whatever is said here.
   *
   * @defaultValue "1.2"
   */
  readonly tlsVersion?: TlsVersion | undefined;
}

/** The listeners of a broker. `{}` is a listener with all defaults. */
export interface Listeners {
  /** Without encryption, port 1883. */
  readonly mqtt?: MqttListener | undefined;
  /** TLS, login by password, port 8883. */
  readonly tls?: TlsListener | undefined;
  /** TLS, login by client certificate, port 8884. */
  readonly mutualTls?: MutualTlsListener | undefined;
  /** Websockets over TLS, login by password, port 9001. */
  readonly websockets?: WebsocketsListener | undefined;
}
/** What a listener is called in arguments and outputs. */
export type ListenerName = keyof Listeners;

/** How each kind of listener works. */
export const LISTENERS = {
  mqtt: { slug: "mqtt", port: 1883, scheme: "mqtt", protocol: "mqtt", security: "none" },
  tls: { slug: "tls", port: 8883, scheme: "mqtts", protocol: "mqtt", security: "tls" },
  mutualTls: { slug: "mutual-tls", port: 8884, scheme: "mqtts", protocol: "mqtt", security: "mutual-tls" },
  websockets: { slug: "websockets", port: 9001, scheme: "wss", protocol: "websockets", security: "tls" },
} as const satisfies Record<ListenerName, object>;

export const LISTENER_NAMES: readonly ListenerName[] = ["mqtt", "tls", "mutualTls", "websockets"];

/** Where a listener listens, defaults applied. */
export interface ListenerAddress {
  /** What it is called in the arguments. */
  readonly name: ListenerName;
  /** TCP port. */
  readonly port: number;
  /** IP address of the Pi that it listens on; every one when left out. */
  readonly bind?: string | undefined;
}

/** A listener with its defaults applied. */
export interface ListenerModel extends ListenerAddress {
  readonly maxConnections?: number;
  readonly maxQos?: number;
  readonly tls?: { readonly version: TlsVersion; readonly ciphers: string };
}

const DEFAULT_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20";

/** The listeners that are wanted, defaults applied; TLS on 8883 when nothing is said. */
export function listenerModels(listeners: Listeners | null | undefined): ListenerModel[] {
  const wanted: Listeners = listeners ?? { tls: {} };
  return LISTENER_NAMES.flatMap((name) => {
    const given: TlsListener | null | undefined = wanted[name];
    return given == null ? [] : [listenerModel(name, given)];
  });
}

/** Whether one of them has clients show a certificate. */
export function askForCertificates(listeners: readonly ListenerModel[]): boolean {
  return listeners.some(({ name }) => name === "mutualTls");
}

/** Where listeners listen. */
export function listenerAddresses(listeners: Listeners | null | undefined): ListenerAddress[] {
  return listenerModels(listeners).map(({ name, port, bind }) => ({ name, port, bind }));
}

function listenerModel(name: ListenerName, given: TlsListener): ListenerModel {
  return {
    name,
    port: given.port ?? LISTENERS[name].port,
    ...(given.bind == null ? {} : { bind: canonicalAddress(given.bind) }),
    ...(given.maxConnections == null ? {} : { maxConnections: given.maxConnections }),
    ...(given.maxQos == null ? {} : { maxQos: given.maxQos }),
    ...(LISTENERS[name].security === "none"
      ? {}
      : { tls: { version: given.tlsVersion ?? TlsVersion.V1_2, ciphers: given.ciphers ?? DEFAULT_CIPHERS } }),
  };
}
