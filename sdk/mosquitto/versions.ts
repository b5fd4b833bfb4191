/** What decides by mosquitto's version, measured; each row has its test. Nothing else asks "which version?". */
export interface VersionFacts {
  /** Version that the release's package has. */
  readonly version: string;
  /** A broker whose only listeners are websockets exits at start. */
  readonly needsNativeListener: boolean;
  /** `tls_version` has no effect on websockets: TLS 1.2 is always accepted there. */
  readonly websocketsIgnoreTlsVersion: boolean;
  /** `max_connections` does not hold: with a limit of 2, six clients were let in. */
  readonly exceedsMaxConnections: boolean;
  /** `retain_expiry_interval` is a known setting. */
  readonly hasRetainExpiry: boolean;
  /** What stands in the way of a reload. */
  readonly quirks: readonly Quirk[];
}

/** What a SIGHUP does wrong. */
export const QUIRKS = [
  /**
   * It takes all rights from a session whose password it can't check: one restored from disk whose client has not come yet,
   * one whose client came by certificate and is away, and one whose user has another password now. What is published for
   * it until its client comes is lost.
   */
  "forgets-sessions",
  /** The database does not tell a client that is away from one that is there. */
  "hides-absence",
  /** It lifts `max_connections` and `max_qos` of all listeners. */
  "lifts-listener-limits",
] as const;
export type Quirk = (typeof QUIRKS)[number];

/** By Debian release. */
export const VERSIONS = {
  bookworm: {
    version: "2.0.11",
    needsNativeListener: true,
    websocketsIgnoreTlsVersion: true,
    exceedsMaxConnections: true,
    hasRetainExpiry: false,
    quirks: ["forgets-sessions", "hides-absence", "lifts-listener-limits"],
  },
  trixie: {
    version: "2.0.21",
    needsNativeListener: false,
    websocketsIgnoreTlsVersion: true,
    exceedsMaxConnections: false,
    hasRetainExpiry: true,
    quirks: ["forgets-sessions", "lifts-listener-limits"],
  },
} as const satisfies Record<string, VersionFacts>;

/** The versions a broker may meet: its host's, or all when the host's release is not known. */
export function versionsOf(suite: unknown): readonly VersionFacts[] {
  const facts = Object.entries(VERSIONS).find(([name]) => name === suite)?.[1];
  return facts === undefined ? Object.values(VERSIONS) : [facts];
}

/** What may stand in the way of a reload of the installed version: everything, when it is not known. */
export function quirksOf(version: string | undefined): readonly Quirk[] {
  return Object.values(VERSIONS).find((facts) => facts.version === version)?.quirks ?? QUIRKS;
}

/** The same for the host, a line each known version. */
export function versionLines(): string[] {
  return Object.values(VERSIONS).map(({ version, quirks }) => `version ${version} ${quirks.join(" ")}`);
}
