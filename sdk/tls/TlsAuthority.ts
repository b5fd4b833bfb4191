import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

import type { Deep } from "../core/Deep";
import { validated } from "../core/validated";
import { type Authority, type Certificate, type CertificateArgs, issueCertificate } from "./Certificate";
import { expiry } from "./Expiry";
import { type AuthoritySettings, checkAuthoritySettings, KeyAlgorithm, keyArguments, lifetimeHours } from "./model";

/** Arguments of a {@link TlsAuthority}. */
export type TlsAuthorityArgs = { readonly [K in keyof AuthoritySettings]: Deep<AuthoritySettings[K]> };

/**
 * A certificate authority of your own: the one root of trust that every client of your brokers knows.
 *
 * Its private key lives in the stack's (encrypted) state and nowhere else; no Pi ever sees it. Near its end it is renewed
 * with the same key and name, so that certificates it issued stay valid for clients that only know the old one.
 *
 * @throws pulumi.ResourceError listing every mistake in the arguments.
 * @example
 * ```ts
 * const ca = new TlsAuthority("home-ca", { commonName: "Home MQTT CA", organization: "HomeNet" });
 * export const caPem = ca.certificatePem; // give this to every client
 * ```
 */
export class TlsAuthority extends pulumi.ComponentResource implements Authority {
  /** The authority's certificate, PEM: what clients trust. Not secret. */
  readonly certificatePem: pulumi.Output<string>;
  /** When its certificate ends, and with it all that it has issued: `2036-12-13T10:00:00Z`. */
  readonly certificateExpires: pulumi.Output<string>;
  /** The authority's private key, PEM; secret. */
  readonly privateKeyPem: pulumi.Output<string>;
  /** Kind of key, of this authority and of what it issues. */
  readonly algorithm: pulumi.Output<KeyAlgorithm>;
  /** Serial numbers of client certificates that are revoked, as given. */
  readonly revoked: pulumi.Output<readonly string[]>;

  constructor(name: string, args: TlsAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mosquitto-pi:index:TlsAuthority", name, args, opts);
    const subject = { resource: this, kind: "TlsAuthority", name };
    const model = validated(subject, args, checkAuthoritySettings, (settings) => ({
      subject: {
        commonName: settings.commonName,
        ...(settings.organization == null ? {} : { organization: settings.organization }),
        ...(settings.country == null ? {} : { country: settings.country }),
      },
      algorithm: settings.algorithm ?? KeyAlgorithm.EcdsaP256,
      key: keyArguments(settings.algorithm),
      lifetime: lifetimeHours(settings, "10y"),
      revoked: settings.revoked ?? [],
    }));
    const key = new tls.PrivateKey(
      `${name}-key`,
      {
        algorithm: model.key.algorithm,
        ecdsaCurve: model.apply((m) => m.key.ecdsaCurve),
        rsaBits: model.apply((m) => m.key.rsaBits),
      },
      { parent: this },
    );
    const certificate = new tls.SelfSignedCert(
      `${name}-certificate`,
      {
        privateKeyPem: key.privateKeyPem,
        subject: model.subject,
        isCaCertificate: true,
        allowedUses: ["cert_signing", "crl_signing"],
        setSubjectKeyId: true,
        validityPeriodHours: model.lifetime.validityPeriodHours,
        earlyRenewalHours: model.lifetime.earlyRenewalHours,
      },
      { parent: this },
    );
    this.certificatePem = certificate.certPem;
    this.certificateExpires = expiry(subject, "its certificate", certificate.certPem);
    this.privateKeyPem = pulumi.secret(key.privateKeyPem);
    this.algorithm = model.algorithm;
    this.revoked = model.revoked;
    this.registerOutputs({
      certificatePem: this.certificatePem,
      certificateExpires: this.certificateExpires,
      privateKeyPem: this.privateKeyPem,
      algorithm: this.algorithm,
    });
  }

  /**
   * Issues a certificate. Brokers and users do this by themselves; use it for a service of your own.
   *
   * @param name - Prefix of the names of the resources it makes.
   * @param opts - `parent`: whose children they are; this authority by default.
   * @throws pulumi.ResourceError listing every mistake in `args`.
   */
  issue(name: string, args: CertificateArgs, opts: { readonly parent?: pulumi.Resource } = {}): Certificate {
    return issueCertificate(this, name, args, opts.parent ?? this);
  }
}
