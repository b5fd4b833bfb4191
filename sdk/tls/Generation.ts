import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

import { type AuthorityModel, FIRST_GENERATION } from "./model";

/** A key of an authority, and the certificate that it has signed for itself. */
export interface Generation {
  readonly name: string;
  readonly certificatePem: pulumi.Output<string>;
  /** Secret. */
  readonly privateKeyPem: pulumi.Output<string>;
}

const USES = ["cert_signing", "crl_signing"];

/** Makes one: the first has the names that an authority without generations has, of its resources and of its subject. */
export function makeGeneration(
  authority: string,
  name: string,
  model: pulumi.Output<AuthorityModel>,
  parent: pulumi.Resource,
): Generation {
  const prefix = prefixOf(authority, name);
  const key = new tls.PrivateKey(
    `${prefix}-key`,
    {
      algorithm: model.key.algorithm,
      ecdsaCurve: model.apply((m) => m.key.ecdsaCurve),
      rsaBits: model.apply((m) => m.key.rsaBits),
    },
    { parent },
  );
  const certificate = new tls.SelfSignedCert(
    `${prefix}-certificate`,
    {
      privateKeyPem: key.privateKeyPem,
      subject: subjectOf(name, model),
      isCaCertificate: true,
      allowedUses: USES,
      setSubjectKeyId: true,
      ...lifetimeOf(model),
    },
    { parent },
  );
  return { name, certificatePem: certificate.certPem, privateKeyPem: pulumi.secret(key.privateKeyPem) };
}

/** The certificate of a generation, PEM, signed by an older one: for clients that know only that. */
export function crossSigned(
  authority: string,
  generation: Generation,
  older: Generation,
  model: pulumi.Output<AuthorityModel>,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const name = `${prefixOf(authority, generation.name)}-by-${older.name}`;
  const request = new tls.CertRequest(
    `${name}-request`,
    { privateKeyPem: generation.privateKeyPem, subject: subjectOf(generation.name, model) },
    { parent },
  );
  return new tls.LocallySignedCert(
    `${name}-certificate`,
    {
      certRequestPem: request.certRequestPem,
      caCertPem: older.certificatePem,
      caPrivateKeyPem: older.privateKeyPem,
      isCaCertificate: true,
      allowedUses: USES,
      setSubjectKeyId: true,
      ...lifetimeOf(model),
    },
    { parent },
  ).certPem;
}

function prefixOf(authority: string, generation: string): string {
  return generation === FIRST_GENERATION ? authority : `${authority}-${generation}`;
}

/** Names of their own: what is told of one in an error is not taken for another. */
function subjectOf(generation: string, model: pulumi.Output<AuthorityModel>) {
  return model.subject.apply((subject) =>
    generation === FIRST_GENERATION ? subject : { ...subject, commonName: `${subject.commonName} ${generation}` },
  );
}

function lifetimeOf({ lifetime }: pulumi.Output<AuthorityModel>) {
  return { validityPeriodHours: lifetime.validityPeriodHours, earlyRenewalHours: lifetime.earlyRenewalHours };
}
