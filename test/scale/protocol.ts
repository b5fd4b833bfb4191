/** What the simulated Pis are told by pis.ts. */
export type Order =
  | { readonly kind: "start"; readonly names: readonly string[] }
  | { readonly kind: "tamper"; readonly names: readonly string[] }
  | { readonly kind: "count" };

/** What they answer. */
export type Answer =
  | {
      readonly kind: "started";
      readonly addresses: readonly Address[];
      readonly hostKey: string;
      readonly privateKey: string;
    }
  | { readonly kind: "counted"; readonly counts: Counts };

/** A simulated Pi's place on the loopback. */
export interface Address {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** What happened since it was asked last. */
export interface Counts {
  /** SSH connections, by the Pi's name. */
  readonly connections: Readonly<Record<string, number>>;
  readonly looks: number;
  readonly deployments: number;
  /** SSH connections at one time, those to all Pis together. */
  readonly mostConnections: number;
  /** What the Pis have cost since they were started. */
  readonly cpuSeconds: number;
}

/** SSH connections that all simulated Pis together take at one time, the next one is dropped. The command plugin closes none before its end. */
export const MOST_AT_ONCE = 2200;
