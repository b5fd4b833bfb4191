import type {
  AclRuleArgs,
  AcmeCertificateArgs,
  Authority,
  Fail2BanJailArgs,
  FirewallArgs,
  MosquittoBrokerArgs,
  MqttUserArgs,
  MqttUserCertificateArgs,
  OsBaselineArgs,
  RaspberryPiArgs,
  StaticIpArgs,
  TlsAuthorityArgs,
  UserInputs,
} from "../../../sdk";

/** A user of the stack; `certificate: true`, or how long it lives, asks the stack's authority for one. */
export interface UserSettings extends Omit<MqttUserArgs, "certificate"> {
  readonly certificate?: boolean | Omit<MqttUserCertificateArgs, "authority">;
  /** Of the stack's authority, in place of the one that issues. */
  readonly generation?: string;
  /** The key of the stack's configuration that holds the password. */
  readonly passwordConfig?: string;
}

/** Where hosts keep such certificates. */
export const KEPT = "/var/lib/kept/live";

/** What a stack of the tests holds: its brokers share users, rules and one authority. */
export interface Spec {
  readonly hosts: Readonly<Record<string, RaspberryPiArgs>>;
  readonly users?: Readonly<Record<string, UserSettings>>;
  /** Users as plain objects, after those of `users`. */
  readonly plainUsers?: readonly UserInputs[];
  readonly rules?: readonly AclRuleArgs[];
  /** More rules, which stay plain objects. */
  readonly plainRules?: readonly AclRuleArgs[];
  /** Rules whose topics are secrets. */
  readonly secretRules?: readonly AclRuleArgs[];
  /** What each broker gets beside its host, users, rules and authority. */
  readonly broker?: Omit<MosquittoBrokerArgs, "host" | "users" | "rules" | "authority">;
  /** The domains of certificates that hosts keep by themselves, in {@link KEPT}, in place of ones of the authority: by host. */
  readonly kept?: Readonly<Record<string, readonly string[]>>;
  /** Names that brokers had before, by host: their aliases. */
  readonly formerly?: Readonly<Record<string, string>>;
  /** What the stack's own authority gets beside its name. */
  readonly ca?: Omit<TlsAuthorityArgs, "commonName">;
  /** In place of an authority of the stack's own. */
  readonly authority?: Authority;
  /** Fixed addresses, by host; the host's broker is deployed there. */
  readonly networks?: Readonly<Record<string, Omit<StaticIpArgs, "host">>>;
  /** Firewalls, by host; the host's broker is let in. */
  readonly firewalls?: Readonly<Record<string, Omit<FirewallArgs, "host">>>;
  /** What the jail of each broker gets beside it; no jail when left out. */
  readonly jail?: Omit<Fail2BanJailArgs, "broker">;
  /** Names that fixed addresses had before, by host: their aliases. */
  readonly networksFormerly?: Readonly<Record<string, string>>;
  /** Certificates that hosts order, by host, for its broker; the authority is then its clients'. */
  readonly acme?: Readonly<Record<string, Omit<AcmeCertificateArgs, "host">>>;
  /** Operating systems, by host, at its fixed address if it has one; its broker comes after. */
  readonly systems?: Readonly<Record<string, Omit<OsBaselineArgs, "host">>>;
  /** Hosts only, no broker. */
  readonly hostsOnly?: boolean;
}
