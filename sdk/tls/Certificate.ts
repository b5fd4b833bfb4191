import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

import type { Deep } from "../core/Deep";
import { isObject } from "../core/field";
import { shapeOf } from "../core/Shape";
import { failure } from "../core/Tell";
import { validated } from "../core/validated";
import { LEAF_VALIDITY, lifetimeHours } from "./lifetime";
import { checkLeafSettings, keyArguments, type KeyAlgorithm, type LeafSettings, namesToCompare } from "./model";
import { intermediates } from "./bundle";
import type { SigningAuthority } from "./crl";
import { barePrivateKey, firstCertificate } from "./pem";
import { endOf, secondOf } from "./validity";

/** Whose client certificates a broker accepts. */
export interface ClientAuthority {
  /** The authority's certificate, PEM. */
  readonly certificatePem: pulumi.Input<string>;
  /** The authority's private key, PEM. It signs while the program runs and is never sent to a Pi. Without it, `crlPem` alone can revoke. */
  readonly privateKeyPem?: pulumi.Input<string> | undefined;
  /** Those of its certificates that have keys of their own, with these: else nothing can be revoked, of none of them. */
  readonly others?: Deep<readonly SigningAuthority[] | undefined>;
  /** Serial numbers of client certificates that are revoked, hexadecimal, beside those of users with `revoked: true`. */
  readonly revoked?: Deep<readonly string[] | undefined>;
  /**
   * In place of a key: the authority's own list of what is revoked (CRL), PEM, or the lists of several. Each has to say when the next
   * one comes (nextUpdate), and brokers refuse all clients after that.
   */
  readonly crlPem?: pulumi.Input<string> | undefined;
}

/**
 * Who signs certificates: a TlsAuthority, or a plain object with the certificate and key of an authority that you have.
 *
 * @example
 * ```ts
 * const ca = { certificatePem: readFileSync("ca.crt", "utf8"), privateKeyPem: config.requireSecret("caKey") };
 * ```
 */
export interface Authority extends Omit<ClientAuthority, "crlPem"> {
  readonly privateKeyPem: pulumi.Input<string>;
  /**
   * Kind of the keys of issued certificates.
   *
   * @defaultValue "ECDSA-P256"
   */
  readonly algorithm?: pulumi.Input<KeyAlgorithm | undefined>;
}

/** An authority's values without the resource around them, for checks. */
export function authorityInputs<A extends Authority | ClientAuthority>(authority: A): A {
  if (!isObject(authority) || (authority as unknown) instanceof Promise) return shapeOf(authority);
  const { certificatePem, privateKeyPem, algorithm, others, revoked, crlPem } = authority as unknown as Authority &
    ClientAuthority;
  return { certificatePem, privateKeyPem, algorithm, others, revoked, crlPem } as unknown as A;
}

/** What to put in a certificate that an authority issues. */
export type CertificateArgs = { readonly [K in keyof Omit<LeafSettings, "rotateKey">]: Deep<LeafSettings[K]> } & Pick<
  LeafSettings,
  "rotateKey"
>;

/** An issued certificate. */
export interface Certificate {
  /** The certificate, PEM, and those between it and the roots that clients know. */
  readonly certificatePem: pulumi.Output<string>;
  /** Its private key, PEM; secret. */
  readonly privateKeyPem: pulumi.Output<string>;
}

/**
 * Issues a certificate: a key, a request and the signed certificate as children of `parent`. `pulumi up` renews it once
 * less than `renewBefore` of its life is left.
 *
 * @throws pulumi.ResourceError when it ends after an authority that is a plain object; late, once it is known.
 * @param isRevoked - Keeps the certificate as it is: another one would have another serial number, which nobody has revoked.
 */
export function issueCertificate(
  authority: Authority,
  name: string,
  args: CertificateArgs,
  parent: pulumi.Resource,
  isRevoked = false,
): Certificate {
  const shape = { ...args, rotateKey: shapeOf(args.rotateKey) };
  const leaf = validated({ resource: parent, kind: "Certificate", name }, shape, checkLeafSettings, (settings) => ({
    settings,
    lifetime: lifetimeHours(settings, LEAF_VALIDITY),
  }));
  const signer = signerOf(authority);
  const { validityPeriodHours, earlyRenewalHours } = leaf.lifetime;
  const lifetime = { validityPeriodHours, earlyRenewalHours };
  const replacementTrigger = args.rotateKey === true ? clock(name, lifetime, parent) : KEPT;
  const key = new tls.PrivateKey(`${name}-key`, signer.keyArgs, { parent, replacementTrigger });
  const request = new tls.CertRequest(
    `${name}-request`,
    {
      privateKeyPem: key.privateKeyPem,
      subject: leaf.apply(({ settings }) => ({ commonName: settings.commonName })),
      dnsNames: leaf.apply(({ settings }) => namesToCompare(settings)),
      ipAddresses: leaf.apply(({ settings }) => [...(settings.ipAddresses ?? [])]),
    },
    { parent },
  );
  const signed = new tls.LocallySignedCert(
    `${name}-certificate`,
    {
      certRequestPem: request.certRequestPem,
      caCertPem: signer.certificatePem,
      caPrivateKeyPem: signer.privateKeyPem,
      allowedUses: leaf.apply(({ settings }) => ["digital_signature", `${settings.usage}_auth`]),
      validityPeriodHours,
      earlyRenewalHours: isRevoked ? 0 : earlyRenewalHours,
      setSubjectKeyId: true,
    },
    { parent, ignoreChanges: isRevoked ? ISSUED_BY : [] },
  );
  // One of Pulumi's own is renewed in time, with the same key.
  const mayOutlive = isRevoked || pulumi.Resource.isInstance(authority);
  const certificatePem = pulumi
    .all([signed.certPem, signer.certificatePem, signer.intermediates])
    .apply(([leaf, issuer, rest]) => {
      const [end, last] = [endOf(leaf), endOf(issuer)];
      if (!mayOutlive && end !== undefined && last !== undefined && end > last)
        throw failure(
          parent,
          `Certificate "${name}": it would end ${secondOf(end)}, after its authority, which ends ${secondOf(last)}; say a shorter \`validity\`, or give an authority that lives longer`,
        );
      return leaf + rest;
    });
  return { certificatePem, privateKeyPem: pulumi.secret(key.privateKeyPem) };
}

/** The trigger of a key that is not rotated: with none, Pulumi would take no notice when it gets one. */
const KEPT = "kept";

/**
 * Another value in each run that renews a certificate which lives this long: a certificate that nobody uses, begun just before,
 * for a key can't be replaced by the certificate that hangs on it.
 */
function clock(
  name: string,
  lifetime: Pick<tls.SelfSignedCertArgs, "validityPeriodHours" | "earlyRenewalHours">,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const key = new tls.PrivateKey(`${name}-clock-key`, { algorithm: "ED25519" }, { parent });
  const { privateKeyPem } = key;
  return new tls.SelfSignedCert(`${name}-clock`, { privateKeyPem, allowedUses: [], ...lifetime }, { parent }).certPem;
}

/** What a change of would have a new certificate issued. */
const ISSUED_BY: (keyof tls.LocallySignedCertArgs)[] = [
  "certRequestPem",
  "caCertPem",
  "caPrivateKeyPem",
  "allowedUses",
  "validityPeriodHours",
];

/** An authority in the words of the tls provider. */
interface Signer {
  readonly keyArgs: tls.PrivateKeyArgs;
  readonly certificatePem: pulumi.Output<string>;
  readonly privateKeyPem: pulumi.Output<string>;
  /** What goes with its certificates: see bundle.ts. */
  readonly intermediates: pulumi.Output<string>;
}

const signers = new WeakMap<Authority, Signer>();

/** The same for all that an authority signs, of which there may be thousands. */
function signerOf(authority: Authority): Signer {
  const known = signers.get(authority);
  if (known !== undefined) return known;
  const kind = pulumi.output(authority.algorithm).apply(keyArguments);
  const signer = {
    keyArgs: {
      algorithm: kind.algorithm,
      ecdsaCurve: kind.apply((k) => k.ecdsaCurve),
      rsaBits: kind.apply((k) => k.rsaBits),
    },
    certificatePem: pulumi.output(authority.certificatePem).apply(firstCertificate),
    intermediates: pulumi.output(authority.certificatePem).apply(intermediates),
    privateKeyPem: pulumi.secret(authority.privateKeyPem).apply(barePrivateKey),
  };
  signers.set(authority, signer);
  return signer;
}
