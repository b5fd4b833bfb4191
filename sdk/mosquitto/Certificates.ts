import * as pulumi from "@pulumi/pulumi";

import type { Deep } from "../core/Deep";
import { isGiven, isObject } from "../core/field";
import { ownersOf } from "../core/Holders";
import type { Subject } from "../core/Refusal";
import { shapeOf } from "../core/Shape";
import { validated } from "../core/validated";
import type { Host } from "../host/RaspberryPi";
import { type Authority, type ClientAuthority, issueCertificate } from "../tls/Certificate";
import { checkServer } from "./brokerChecks";
import type { BrokerSettings, GivenCertificate } from "./model";
import type { SentCertificate } from "./servedCertificate";
import { serverNames, type ServerNames } from "./serverNames";

/** Values of a program, each of which may come later; but for whether a key is renewed, which decides what resources there are. */
export type Inputs<T> = { readonly [K in keyof Omit<T, "rotateKey">]: Deep<T[K]> };

/** Where the certificates of a broker and of its clients come from. */
export interface CertificateArgs {
  /** The Pi it runs on. One broker a host. */
  readonly host: Host;
  /** Who signs the server certificate, and the client certificates that `mutualTls` accepts. */
  readonly authority?: Authority | undefined;
  /** A server certificate that you have, or that the Pi orders by an AcmeCertificate, in place of `authority`. */
  readonly certificate?: Inputs<GivenCertificate> | HostCertificate | undefined;
  /**
   * Whose client certificates `mutualTls` accepts: all of them, so take one that is yours alone.
   *
   * @defaultValue `authority`
   */
  readonly clientAuthority?: ClientAuthority | undefined;
}

/** A server's certificate that a Pi keeps and renews by itself, such as an AcmeCertificate. */
export interface HostCertificate {
  /** The Pi that has it. */
  readonly host: Host;
  /** The folder there with `server.crt`, `server.key` and `ca.crt`. */
  readonly folder: string;
  /** The DNS names it is for. */
  readonly domains: pulumi.Output<readonly string[]>;
  /** When it ends, as of the last deployment: `2026-12-13T10:00:00Z`. */
  readonly expires: pulumi.Output<string>;
}

/** The server's certificate, and who signs those of clients. */
export type Server =
  | (Inputs<SentCertificate> & { readonly folder?: never })
  | { readonly folder: string; readonly clientCaPem: pulumi.Input<string> | undefined };

/** Whether a certificate is one that the Pi keeps. */
export function isOfHost(certificate: unknown): certificate is HostCertificate {
  return isObject(certificate) && "folder" in certificate && "domains" in certificate;
}

/** What of a certificate is to be checked. */
export function certificateInputs(certificate: CertificateArgs["certificate"]) {
  return isOfHost(certificate) ? { folder: certificate.folder, domains: certificate.domains } : shapeOf(certificate);
}

/**
 * The server's names by themselves: in a preview, users that are not known yet must not make a certificate look as if it
 * were to be replaced.
 */
export function certificateNames(
  subject: Subject,
  {
    hostnames,
    addresses,
    validity,
    renewBefore,
    listeners,
    certificate,
    host,
  }: CertificateArgs & Inputs<BrokerSettings>,
): pulumi.Output<ServerNames> {
  const connectionHost = connectedBy(host);
  const known = isOfHost(certificate)
    ? {
        domains: certificate.domains,
        host: ownersOf(certificate.host) === ownersOf(host) ? connectionHost : connectedBy(certificate.host),
      }
    : certificate && { certificatePem: pulumi.unsecret(pulumi.output(certificate.certificatePem)) };
  const lifetime = { validity, renewBefore };
  const args = { hostnames, addresses, ...lifetime, listeners, certificate: known, suite: host.suite, connectionHost };
  return validated(subject, args, checkServer, serverNames);
}

function connectedBy(host: Host): pulumi.Output<string> {
  return pulumi.unsecret(pulumi.output(host.connection).apply((connection) => connection.host));
}

/** The certificate that clients see: issued here, given, or kept by the Pi. */
export function serverCertificate(
  name: string,
  { authority, certificate, clientAuthority, rotateKey }: CertificateArgs & Pick<BrokerSettings, "rotateKey">,
  names: pulumi.Output<ServerNames>,
  parent: pulumi.Resource,
): Server | undefined {
  if (!isGiven(authority)) {
    if (!isGiven(certificate)) return undefined;
    return isOfHost(certificate)
      ? { folder: certificate.folder, clientCaPem: clientAuthority?.certificatePem }
      : { ...certificate, clientCaPem: (clientAuthority ?? { certificatePem: certificate.caPem }).certificatePem };
  }
  const { commonName, dnsNames, ipAddresses, validity, renewBefore } = names;
  const issued = issueCertificate(
    authority,
    `${name}-server`,
    { commonName, usage: "server", dnsNames, ipAddresses, validity, renewBefore, rotateKey },
    parent,
  );
  return { ...issued, caPem: authority.certificatePem, clientCaPem: (clientAuthority ?? authority).certificatePem };
}
