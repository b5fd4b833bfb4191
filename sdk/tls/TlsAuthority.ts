import * as pulumi from "@pulumi/pulumi";

import type { Deep } from "../core/Deep";
import { Field, isObject } from "../core/field";
import { refusal, type Subject } from "../core/Refusal";
import { shapeOf } from "../core/Shape";
import { validated } from "../core/validated";
import { type Authority, type Certificate, type CertificateArgs, issueCertificate } from "./Certificate";
import type { SigningAuthority } from "./crl";
import { expiry } from "./Expiry";
import { crossSigned, type Generation, makeGeneration } from "./Generation";
import {
  authorityModel,
  type AuthoritySettings,
  checkAuthoritySettings,
  FIRST_GENERATION,
  type KeyAlgorithm,
} from "./model";

/** Arguments of a {@link TlsAuthority}. */
export type TlsAuthorityArgs = {
  readonly [K in keyof Omit<AuthoritySettings, keyof Generations>]: Deep<AuthoritySettings[K]>;
} & Generations;

/** What resources there are follows from these: they are plain. */
type Generations = Pick<AuthoritySettings, "generations" | "issuing" | "crossSign">;

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
  /** What clients trust, PEM: the certificate of the generation that issues, then those of the others. Not secret. */
  readonly certificatePem: pulumi.Output<string>;
  /** When the first of them ends, and with it all that it has issued: `2036-12-13T10:00:00Z`. */
  readonly certificateExpires: pulumi.Output<string>;
  /** The private key of the generation that issues, PEM; secret. */
  readonly privateKeyPem: pulumi.Output<string>;
  /** Kind of key, of this authority and of what it issues. */
  readonly algorithm: pulumi.Output<KeyAlgorithm>;
  /** The certificates and keys of the other generations, PEM; secret. */
  readonly others: pulumi.Output<readonly SigningAuthority[]>;
  /** Serial numbers of client certificates that are revoked, as given. */
  readonly revoked: pulumi.Output<readonly string[]>;
  readonly #subject: Subject;
  readonly #generations: readonly Generation[];

  constructor(name: string, args: TlsAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mosquitto-pi:index:TlsAuthority", name, args, opts);
    this.#subject = { resource: this, kind: "TlsAuthority", name };
    const model = validated(this.#subject, checkable(args), checkAuthoritySettings, authorityModel);
    const names = args.generations ?? [FIRST_GENERATION];
    this.#generations = names.map((generation) => makeGeneration(name, generation, model, this));
    const issuing = this.#found(args.issuing ?? names[0] ?? FIRST_GENERATION);
    const others = this.#generations.filter((generation) => generation !== issuing);
    const older = args.crossSign === true ? this.#generations.slice(0, this.#generations.indexOf(issuing)) : [];
    const crossed = older.map((generation) => crossSigned(name, issuing, generation, model, this));

    const trusted = [issuing.certificatePem, ...crossed, ...others.map(({ certificatePem }) => certificatePem)];
    this.certificatePem = pulumi.all(trusted).apply((pems) => pems.join(""));
    this.certificateExpires = expiry(this.#subject, "its certificate", this.certificatePem);
    this.privateKeyPem = issuing.privateKeyPem;
    this.others = pulumi.all(others.map(({ certificatePem, privateKeyPem }) => ({ certificatePem, privateKeyPem })));
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
   * One of its generations, to issue from: for a user whose device does not have a certificate of a newer one yet.
   *
   * @throws pulumi.ResourceError when there is none of that name: what still asks for it would be cut off.
   */
  generation(name: string): Authority {
    const { certificatePem, privateKeyPem } = this.#found(name);
    return { certificatePem, privateKeyPem, algorithm: this.algorithm, revoked: this.revoked };
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

  #found(name: string): Generation {
    const generation = this.#generations.find((it) => it.name === name);
    if (generation !== undefined) return generation;
    const field = new Field(undefined, "generations");
    const names = this.#generations.map((it) => it.name).join(", ");
    field.mistake(
      `one of the name "${name}", which the program still issues from`,
      names,
      "keep it until nothing does",
    );
    throw refusal(this.#subject, field.found);
  }
}

/** What says which resources there are has to be known at once. */
function checkable(args: TlsAuthorityArgs): TlsAuthorityArgs {
  if (!isObject(args)) return args;
  const { generations, issuing, crossSign } = args;
  const plain = { generations: shapeOf(generations), issuing: shapeOf(issuing), crossSign: shapeOf(crossSign) };
  return { ...args, ...plain };
}
