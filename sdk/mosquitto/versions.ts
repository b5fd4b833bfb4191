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
}

/** By Debian release. */
export const VERSIONS = {
  bookworm: {
    version: "2.0.11",
    needsNativeListener: true,
    websocketsIgnoreTlsVersion: true,
    exceedsMaxConnections: true,
    hasRetainExpiry: false,
  },
  trixie: {
    version: "2.0.21",
    needsNativeListener: false,
    websocketsIgnoreTlsVersion: true,
    exceedsMaxConnections: false,
    hasRetainExpiry: true,
  },
} as const satisfies Record<string, VersionFacts>;

/** The versions a broker may meet: its host's, or all when the host's release is not known. */
export function versionsOf(suite: unknown): readonly VersionFacts[] {
  const facts = Object.entries(VERSIONS).find(([name]) => name === suite)?.[1];
  return facts === undefined ? Object.values(VERSIONS) : [facts];
}
