import { isIP } from "node:net";

import type { Duration } from "../core/duration";
import { isHostname } from "../tls/names";

/** What the names of a broker's server follow from. */
export interface ServerNameSettings {
  readonly hostnames?: readonly string[] | undefined;
  readonly addresses?: readonly string[] | undefined;
  readonly validity?: Duration | undefined;
  /** How the host is reached over SSH: a DNS name or an IP address. */
  readonly connectionHost: string;
}

/** The names that a server certificate is valid for. */
export interface ServerNames {
  /** The one for people and for `url`. */
  readonly primary: string;
  /** The certificate's CN, which X.509 limits to 64 characters. */
  readonly commonName: string;
  readonly dnsNames: string[];
  readonly ipAddresses: string[];
  readonly validity: Duration | undefined;
}

/** Names from the arguments, from the connection, and loopback ones for clients on the Pi itself. */
export function serverNames({ hostnames, addresses, validity, connectionHost }: ServerNameSettings): ServerNames {
  const reached = connectionHost.replace(/%.*$/, "");
  const primary = hostnames?.[0] ?? addresses?.[0] ?? reached;
  return {
    primary,
    commonName: primary.length <= 64 ? primary : "mosquitto",
    dnsNames: [...new Set([...(hostnames ?? []), ...(isHostname(reached) ? [reached] : []), "localhost"])],
    ipAddresses: [...new Set([...(addresses ?? []), ...(isIP(reached) === 0 ? [] : [reached]), "127.0.0.1", "::1"])],
    validity: validity ?? undefined,
  };
}
