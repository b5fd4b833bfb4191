import type { Duration } from "../core/duration";
import { LEAF_VALIDITY, lifetimeHours, type Renewal } from "../tls/lifetime";
import { KeyAlgorithm } from "../tls/model";
import type { RuleSpec } from "./access";
import { askForCertificates, type ListenerModel, listenerModels, type Listeners } from "./listeners";
import type { Limits } from "./limits";
import type { Logging } from "./logging";
import type { Persistence } from "./persistence";
import { type ClientAuthoritySpec, type Revocation, revocation } from "./revocation";
import type { Settings } from "./settings";
import type { UserSpec } from "./users";

/** What a broker does, apart from its users, rules and certificates. */
export interface BrokerSettings extends Renewal {
  /**
   * DNS names that clients reach the broker by. The first one stands in `url`.
   *
   * @defaultValue none: the host of the connection is used, or a name in the given `certificate`
   */
  readonly hostnames?: readonly string[] | undefined;
  /** IP addresses that clients reach the broker by, beside the connection's and the Pi's own loopback. */
  readonly addresses?: readonly string[] | undefined;
  /**
   * How long the server certificate is valid, at most "2y".
   *
   * @defaultValue "2y"
   */
  readonly validity?: Duration | undefined;
  /**
   * Which listeners there are.
   *
   * @defaultValue `{ tls: {} }`: TLS on port 8883
   */
  readonly listeners?: Listeners | undefined;
  /**
   * Whether clients may come without user name. They may do what rules with `anonymous: true` say, of which one must be there.
   *
   * @defaultValue false
   */
  readonly allowAnonymous?: boolean | undefined;
  /**
   * Whether clients may be cut off that know only the authority of today, by one that took none of the steps between.
   *
   * @defaultValue false: such a deployment is refused
   */
  readonly abruptRotation?: boolean | undefined;
  /** What is kept over a restart. */
  readonly persistence?: Persistence | undefined;
  /** Limits for clients and queues. */
  readonly limits?: Limits | undefined;
  /** What is logged, and where. */
  readonly logging?: Logging | undefined;
  /** Further global settings of mosquitto.conf by their own names; only those that no argument covers and that keep the broker closed. */
  readonly settings?: Settings | undefined;
}

/** A certificate and key that you have, and the authority that clients know. */
export interface GivenCertificate {
  /** The server's certificate, PEM; a chain has the server's own first. */
  readonly certificatePem: string;
  /** Its private key, PEM without passphrase. It goes to the Pi. */
  readonly privateKeyPem: string;
  /** Certificate of the authority that signed it, PEM. */
  readonly caPem: string;
}

/** A certificate and key that the Pi keeps by itself. */
export interface KeptPair {
  /** The folder there with `server.crt`, `server.key` and `ca.crt`. */
  readonly folder: string;
  /** The DNS names it is for. */
  readonly domains: readonly string[];
}

/** All that is checked before anything is made: settings, users, rules and where certificates come from. */
export interface BrokerSpec extends BrokerSettings {
  /** Debian release of the host, when it is known. */
  readonly suite?: string | undefined;
  readonly authority?:
    | (ClientAuthoritySpec & { readonly privateKeyPem: string; readonly algorithm?: KeyAlgorithm | undefined })
    | undefined;
  readonly certificate?: GivenCertificate | KeptPair | undefined;
  readonly clientAuthority?: ClientAuthoritySpec | undefined;
  readonly users: readonly UserSpec[];
  readonly rules?: readonly RuleSpec[] | undefined;
}

/** A checked broker with its defaults applied. Holds hashes of passwords, never passwords. */
export interface BrokerModel {
  readonly users: readonly UserSpec[];
  readonly rules: readonly RuleSpec[];
  readonly listeners: readonly ListenerModel[];
  readonly allowAnonymous: boolean;
  readonly abruptRotation: boolean;
  readonly persistence: Persistence;
  readonly limits: Limits;
  readonly logging: Logging;
  readonly settings: Settings;
  /** Kind of the server's key, where its certificate is issued and not given. */
  readonly keyAlgorithm?: KeyAlgorithm;
  /** How long before its end the server's certificate is renewed, in hours, likewise. */
  readonly renewBefore?: number;
  /** Which clients' certificates are refused; undefined where no authority of theirs is known. */
  readonly revocation?: Revocation | undefined;
  /** Whether the key is here by which clients' certificates are issued: the first one's. */
  readonly issuesClients: boolean;
}

/** Applies the defaults to a checked broker. */
export function brokerModel(spec: BrokerSpec): BrokerModel {
  const listeners = listenerModels(spec.listeners);
  const clientAuthority = spec.clientAuthority ?? spec.authority;
  return {
    users: spec.users,
    rules: spec.rules ?? [],
    listeners,
    allowAnonymous: spec.allowAnonymous ?? false,
    abruptRotation: spec.abruptRotation ?? false,
    persistence: spec.persistence ?? {},
    limits: spec.limits ?? {},
    logging: spec.logging ?? {},
    settings: spec.settings ?? {},
    revocation:
      clientAuthority == null ? undefined : revocation(clientAuthority, spec.users, askForCertificates(listeners)),
    issuesClients: clientAuthority?.privateKeyPem != null,
    ...(spec.authority == null
      ? {}
      : {
          keyAlgorithm: spec.authority.algorithm ?? KeyAlgorithm.EcdsaP256,
          renewBefore: lifetimeHours(spec, LEAF_VALIDITY).earlyRenewalHours,
        }),
  };
}
