/** What a rule allows or forbids. */
export const Access = {
  /** Receive messages. */
  Read: "read",
  /** Publish messages. */
  Write: "write",
  /** Receive and publish. */
  ReadWrite: "readwrite",
  /** Neither; wins over all rules that allow it. */
  Deny: "deny",
} as const;
export type Access = (typeof Access)[keyof typeof Access];

/** One rule, as plain data: who may do what on which topics. Exactly one of `user`, `everyone`, `anonymous` is given. */
export interface RuleSpec {
  /** The user it is about. */
  readonly user?: string | undefined;
  /** About all users, never anonymous clients. `%u` in the topic is the user name, `%c` the client id. */
  readonly everyone?: boolean | undefined;
  /** About clients that give no user name. The broker needs `allowAnonymous: true`. */
  readonly anonymous?: boolean | undefined;
  /** What it allows or forbids. What no rule allows is forbidden. */
  readonly access: Access;
  /** Topic filter: `+` is one level, `#` all that follow. */
  readonly topic: string;
  /** Set for what an AclRule has advised on already. */
  readonly advised?: boolean | undefined;
}
