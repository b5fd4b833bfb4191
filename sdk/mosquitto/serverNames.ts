import { isIP } from "node:net";

import type { Duration } from "../core/duration";
import type { Field } from "../core/field";
import { canonicalAddress, isHostname } from "../tls/names";
import { certificateNames, isCertificateFor } from "../tls/pem";
import { listenerModels, type Listeners } from "./listeners";

/** What the names of a broker's server follow from. */
export interface ServerNameSettings {
  readonly hostnames?: readonly string[] | undefined;
  readonly addresses?: readonly string[] | undefined;
  readonly validity?: Duration | undefined;
  readonly renewBefore?: Duration | undefined;
  readonly listeners?: Listeners | undefined;
  /** The certificate that the broker was given, if it was. */
  readonly certificate?: { readonly certificatePem: string } | undefined;
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
  readonly renewBefore: Duration | undefined;
}

/** Names from the arguments, from the connection and the listeners, and loopback ones for clients on the Pi itself. */
export function serverNames(settings: ServerNameSettings): ServerNames {
  const { hostnames, validity, renewBefore, listeners, certificate } = settings;
  const addresses = (settings.addresses ?? []).map(canonicalAddress);
  const reached = reachedBy(settings.connectionHost);
  const primary = hostnames?.[0] ?? addresses[0] ?? unnamed(certificate?.certificatePem, reached) ?? reached;
  const binds = listenerModels(listeners).flatMap(({ bind }) => (bind === undefined || isAny(bind) ? [] : [bind]));
  const isCovered = (name: string) => certificate == null || isCertificateFor(certificate.certificatePem, name);
  return {
    primary,
    commonName: primary.length <= 64 ? primary : "mosquitto",
    dnsNames: unique([...(hostnames ?? []), ...(isHostname(reached) ? [reached] : []), "localhost"]).filter(isCovered),
    ipAddresses: unique([...addresses, ...(isIP(reached) === 0 ? [] : [reached]), ...binds, "127.0.0.1", "::1"]).filter(
      isCovered,
    ),
    validity: validity ?? undefined,
    renewBefore: renewBefore ?? undefined,
  };
}

/** Checks that there is a name for the broker's address when none was said. */
export function checkPrimaryName(broker: Field): void {
  if (!broker.at("hostnames").isAbsent || !broker.at("addresses").isAbsent) return;
  const { value } = broker.at("connectionHost");
  const certificate = broker.at("certificate").given()?.at("certificatePem");
  if (typeof value !== "string" || certificate?.isUnknown === true) return;
  const name = unnamed(certificate?.value, reachedBy(value));
  if (name === undefined || (!isHostname(name) && isIP(name) === 0))
    broker
      .at("hostnames")
      .mistake(
        "the names that clients reach the broker by",
        certificate === undefined
          ? `only the connection's ${JSON.stringify(value)}, which no certificate can hold`
          : "none, nor one in `certificate`",
        'add `hostnames: ["mqtt-pi.local"]`',
      );
}

/** The name to call a server by when none was said: as it is reached, if its certificate holds that, or what it holds. */
function unnamed(certificatePem: unknown, reached: string): string | undefined {
  if (certificatePem == null || isCertificateFor(certificatePem, reached)) return reached;
  return certificateNames(certificatePem).find((name) => !name.startsWith("*"));
}

function reachedBy(connectionHost: string): string {
  return canonicalAddress(connectionHost.replace(/%.*$/, "").replace(/\.$/, ""));
}

/** Whether a listener with this bind address listens on all of the Pi's. */
export function isAny(bind: string): boolean {
  return bind === "0.0.0.0" || bind === "::";
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
