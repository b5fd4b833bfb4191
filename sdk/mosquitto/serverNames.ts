import { isIP } from "node:net";

import type { Duration } from "../core/duration";
import { type Field, isObject } from "../core/field";
import { isDomainOf } from "../tls/domains";
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
  /** The certificate that the broker was given, if it was; or what is known of one that is kept on the host that is reached like this. */
  readonly certificate?:
    { readonly certificatePem: string } | { readonly domains: readonly string[]; readonly host: string } | undefined;
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
  const primary = hostnames?.[0] ?? addresses[0] ?? unnamed(certificate, reached) ?? reached;
  const binds = listenerModels(listeners).flatMap(({ bind }) => (bind === undefined || isAny(bind) ? [] : [bind]));
  const isCovered = (name: string) => certificate == null || covers(certificate, name);
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
  const certificate = broker.at("certificate").given();
  if (typeof value !== "string" || certificate?.at("certificatePem").isUnknown === true) return;
  if (certificate?.at("domains").isUnknown === true) return;
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
function unnamed(certificate: unknown, reached: string): string | undefined {
  if (!isObject(certificate) || covers(certificate, reached)) return reached;
  return namesIn(certificate).find((name) => !name.startsWith("*"));
}

/** Checks that a certificate which a host keeps is on the host that is to serve it. */
export function checkSameHost(broker: Field): void {
  const [host, connectionHost] = [
    broker.at("certificate").given()?.at("host").value,
    broker.at("connectionHost").value,
  ];
  if (typeof host === "string" && typeof connectionHost === "string" && host !== connectionHost)
    broker
      .at("certificate")
      .mistake(
        "the AcmeCertificate of this Pi",
        `that of ${host}`,
        "each Pi orders its own: give both the same `host`",
      );
}

type Known = Readonly<Record<string, unknown>>;

function covers(certificate: Known, name: string): boolean {
  return Array.isArray(certificate["domains"])
    ? namesIn(certificate).some((domain) => isDomainOf(domain, name))
    : isCertificateFor(certificate["certificatePem"], name);
}

function namesIn({ domains, certificatePem }: Known): string[] {
  return Array.isArray(domains) ? domains.filter((it) => typeof it === "string") : certificateNames(certificatePem);
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
