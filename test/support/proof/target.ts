/** The broker of examples/home, and what its clients hold. */
export interface Target {
  /** IP address it is reached at. */
  readonly address: string;
  /** Names in its certificate. Nothing has to resolve them. */
  readonly hostnames: readonly [string, ...string[]];
  readonly caPem: string;
  readonly passwords: Readonly<Record<"sensor1" | "actuator1" | "admin", string>>;
  /** The client certificate of sensor1. */
  readonly certificate: Identity;
}

/** A certificate with its key, PEM. */
export interface Identity {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export const PORTS = { tls: 8883, mutualTls: 8884, websockets: 9001 } as const;
