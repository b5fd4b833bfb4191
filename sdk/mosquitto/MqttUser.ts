import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import type { Deep } from "../core/Deep";
import type { Duration } from "../core/duration";
import { isGiven, isObject } from "../core/field";
import { shapeOf } from "../core/Shape";
import { validated } from "../core/validated";
import { type Authority, authorityInputs, type Certificate, issueCertificate } from "../tls/Certificate";
import { expiry } from "../tls/Expiry";
import { passwordHash, SALT_BYTES } from "./password";
import { checkMqttUser, ITERATIONS, type PasswordSource } from "./userArgs";
import { checkUsername, type UserSpec } from "./users";

/** A user as plain data, of which every part may be an Input. */
export type UserInputs = { readonly [K in keyof UserSpec]: Deep<UserSpec[K]> };

/** A client certificate for a user. */
export interface MqttUserCertificateArgs {
  /** Who signs it: the authority of the broker (or its `clientAuthority`). */
  readonly authority: Authority;
  /**
   * How long it is valid, at most "10y".
   *
   * @defaultValue "2y"
   */
  readonly validity?: pulumi.Input<Duration | undefined>;
  /**
   * How long before its end `pulumi up` renews it. The device needs the new one before the old one ends.
   *
   * @defaultValue a third of `validity`
   */
  readonly renewBefore?: pulumi.Input<Duration | undefined>;
  /**
   * Whether each renewal comes with a new private key. To say so, or no longer, makes a new one at once.
   *
   * @defaultValue false: the key stays, and the device needs only the new certificate
   */
  readonly rotateKey?: boolean | undefined;
}

/** Arguments of an {@link MqttUser}. */
export interface MqttUserArgs {
  /**
   * Name to log in with: 1 to 64 of `A-Z a-z 0-9 . _ -`.
   *
   * @defaultValue the name of the resource
   */
  readonly username?: pulumi.Input<string> | undefined;
  /**
   * A password of your own, of at least 12 characters; or `true` for a generated one.
   *
   * @defaultValue a generated one of 32 letters and digits; none when a `certificate` is asked for
   */
  readonly password?: pulumi.Input<string> | true | undefined;
  /** Asks for a client certificate whose CN is the user name, to log in with on a `mutualTls` listener. */
  readonly certificate?: MqttUserCertificateArgs | undefined;
  /**
   * Rounds of PBKDF2 for the stored hash, 101 to 1000000. Each login costs the broker about 0.1 ms at 101 rounds, 5 ms at
   * 10000 and 50 ms at 100000 (on a server; a Pi is slower), while all other clients wait; and a reload costs it for every
   * connected client: 200 clients stall 7 ms at 101 rounds, 1.1 s at 10000.
   *
   * @defaultValue 101 for a generated password (190 bits need no help), 10000 for one of your own
   */
  readonly iterations?: pulumi.Input<number | undefined>;
  /**
   * Whether its device is lost: brokers no longer let its certificate in, nor its password, and cut its connection. It needs a
   * `certificate`. Keep the user in the program; what else is of the same name may do nothing, so a new device has another one.
   *
   * @defaultValue false
   */
  readonly revoked?: boolean | undefined;
}

/**
 * Somebody who may log in to a broker: by password, by client certificate, or by either.
 *
 * It touches no host; give it to the `users` of as many brokers as you like. The password is hashed while the program runs,
 * with a salt that is kept in state: a Pi only ever sees the hash, which stays the same until the password changes.
 *
 * A certificate stays valid until it ends, also when its user is removed: on `mutualTls` its holder can then still connect,
 * with no more rights than `everyone` rules with %u or %c give. `revoked: true` keeps it out.
 *
 * @throws pulumi.ResourceError listing every mistake in the arguments; a weak password is one. Passwords are never shown.
 * @example
 * ```ts
 * const sensor = new MqttUser("sensor1");
 * const relay = new MqttUser("relay1", { certificate: { authority: ca } });
 * const admin = new MqttUser("admin", { password: config.requireSecret("adminPassword") });
 * export const sensorPassword = sensor.password;
 * ```
 */
export class MqttUser extends pulumi.ComponentResource {
  /** Name to log in with. */
  readonly username: pulumi.Output<string>;
  /** Password to log in with, secret; undefined for a user with only a certificate. */
  readonly password: pulumi.Output<string> | undefined;
  /** What the broker keeps of the password, secret. */
  readonly passwordHash: pulumi.Output<string> | undefined;
  /** Client certificate, PEM; undefined when none was asked for. */
  readonly certificatePem: pulumi.Output<string> | undefined;
  /** When that ends: `2026-12-13T10:00:00Z`. */
  readonly certificateExpires: pulumi.Output<string> | undefined;
  /** Private key of the client certificate, PEM; secret. */
  readonly privateKeyPem: pulumi.Output<string> | undefined;
  /** This user as plain data, for a broker's `users`. */
  readonly spec: UserInputs;

  constructor(name: string, args: MqttUserArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    const shape = shapeOf(args);
    const given = isObject(shape) ? shape : {};
    const username = given.username ?? name;
    super(
      "mosquitto-pi:index:MqttUser",
      name,
      { username, iterations: given.iterations, revoked: given.revoked },
      opts,
    );
    const subject = { resource: this, kind: "MqttUser", name };
    const source = passwordSource(shape);
    const checked = validated(
      subject,
      checkable(username, shape),
      (f) => {
        checkMqttUser(f, source);
      },
      ({ password, iterations }) => ({
        password,
        iterations: iterations ?? (source === "given" ? ITERATIONS.given : ITERATIONS.generated),
      }),
    );
    this.username = validated(
      subject,
      { username },
      (f) => {
        checkUsername(f.at("username"));
      },
      (f) => f.username,
    );
    const password = secretPassword(name, source, checked.password, this);
    const isRevoked = given.revoked === true;
    const certificate = clientCertificate(name, this.username, args.certificate, isRevoked, this);
    this.password = password;
    this.passwordHash = password === undefined ? undefined : hashOf(name, password, checked.iterations, this);
    this.certificatePem = certificate?.certificatePem;
    this.certificateExpires =
      certificate && expiry(subject, "the client's certificate", certificate.certificatePem, isRevoked);
    this.privateKeyPem = certificate?.privateKeyPem;
    this.spec = {
      username,
      passwordHash: this.passwordHash,
      certificate: certificate !== undefined,
      certificatePem: this.certificatePem,
      revoked: isRevoked,
    };
    this.registerOutputs({
      username: this.username,
      password: this.password,
      passwordHash: this.passwordHash,
      certificatePem: this.certificatePem,
      certificateExpires: this.certificateExpires,
      privateKeyPem: this.privateKeyPem,
    });
  }
}

/** The arguments without resources in them: only what is to be checked. */
function checkable(username: pulumi.Input<string>, args: MqttUserArgs) {
  if (!isObject(args)) return args as never;
  const certificate = shapeOf(args.certificate);
  return {
    ...args,
    username,
    certificate: isObject(certificate)
      ? { ...certificate, authority: authorityInputs(certificate.authority) }
      : certificate,
  };
}

function passwordSource(args: MqttUserArgs): PasswordSource {
  const { password, certificate } = isObject(args) ? args : {};
  if (password === true) return "generated";
  if (isGiven(password)) return "given";
  return isGiven(certificate) ? "none" : "generated";
}

function secretPassword(
  name: string,
  source: PasswordSource,
  checked: pulumi.Output<string | true | undefined>,
  parent: pulumi.Resource,
): pulumi.Output<string> | undefined {
  if (source === "none") return undefined;
  if (source === "given") return pulumi.secret(checked as pulumi.Output<string>);
  return pulumi.secret(
    new random.RandomPassword(`${name}-password`, { length: 32, special: false }, { parent }).result,
  );
}

function hashOf(
  name: string,
  password: pulumi.Output<string>,
  iterations: pulumi.Output<number>,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const salt = new random.RandomId(`${name}-salt`, { byteLength: SALT_BYTES }, { parent }).b64Std;
  const parts = pulumi.all([password, salt, iterations]);
  return pulumi.secret(
    parts.apply(([text, base64, rounds]) => passwordHash(text, Buffer.from(base64, "base64"), rounds)),
  );
}

function clientCertificate(
  name: string,
  commonName: pulumi.Output<string>,
  args: MqttUserCertificateArgs | undefined,
  isRevoked: boolean,
  parent: pulumi.Resource,
): Certificate | undefined {
  if (!isGiven(args)) return undefined;
  const { authority, ...lifetime } = args;
  const settings = { ...lifetime, commonName, usage: "client" } as const;
  return issueCertificate(authority, `${name}-client`, settings, parent, isRevoked);
}
