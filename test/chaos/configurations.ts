import type { Spec } from "../up/program/spec";

/**
 * What the host is brought from and to. From `a` to `b` and back it takes a reload, to and from `c` a restart; `none` is a
 * host on which Debian's own broker runs.
 */
export const CONFIGURATIONS = ["a", "b", "c"] as const;
export type Configuration = (typeof CONFIGURATIONS)[number];
export type Situation = Configuration | "none";

/** The name in every certificate. */
export const HOSTNAME = "mqtt-pi.local";

/** Of every user here: nobody but the lab's hosts has a broker that knows it. */
export const PASSWORD = "Quarry-61-lantern-drift";

/** Who may log in in this configuration only. */
export const loneUser = (name: Configuration): string => `only-${name}`;

/** What its only rule is about. */
export const topicOf = (name: Configuration): string => `${name}/door`;

/** A user of every configuration; a rule lets it write to the topic of its own. */
export const DEVICE = "device";

/** Everything that a client can tell configurations by differs: logins, rules, the certificate, listeners. */
export function specOf(name: Configuration, hosts: Spec["hosts"]): Spec {
  const login = { password: PASSWORD, iterations: 101 };
  return {
    hosts,
    users: { [DEVICE]: login, [loneUser(name)]: login },
    rules: [{ user: DEVICE, access: "write", topic: topicOf(name) }],
    broker: {
      hostnames: [HOSTNAME, `${name}.${HOSTNAME}`],
      persistence: { enabled: name === "c" },
      listeners: name === "c" ? { tls: {}, websockets: {} } : { tls: {} },
    },
  };
}
