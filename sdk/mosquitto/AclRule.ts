import * as pulumi from "@pulumi/pulumi";

import { isGiven, isObject } from "../core/field";
import { shapeOf } from "../core/Shape";
import { validated } from "../core/validated";
import type { MqttUser, UserInputs } from "./MqttUser";
import type { Access } from "./access";
import { checkRule } from "./rules";

/** Anything that names a user: an MqttUser, a plain user, or the user name. */
export type UserReference = Pick<MqttUser, "spec"> | UserInputs | pulumi.Input<string>;

/** Arguments of an {@link AclRule}. Exactly one of `user`, `everyone` and `anonymous` is given. */
export interface AclRuleArgs {
  /** The user it is about; one of the broker's `users`. */
  readonly user?: UserReference | undefined;
  /** `true`: about all users, never anonymous clients. In the topic, `%u` is the user name and `%c` the client id. */
  readonly everyone?: pulumi.Input<boolean | undefined>;
  /** `true`: about clients that give no user name. The broker needs `allowAnonymous: true`. */
  readonly anonymous?: pulumi.Input<boolean | undefined>;
  /** What it allows ("read" is to receive, "write" to publish), or "deny", which wins over all that allows. */
  readonly access: pulumi.Input<Access>;
  /**
   * Topic filter: `+` stands for one level, `#` for all that follow. `#` covers no `$SYS` topics; these need a rule of
   * their own.
   */
  readonly topic: pulumi.Input<string>;
}

/** A rule as plain data, of which every part may be an Input. */
export interface RuleInputs extends Omit<AclRuleArgs, "user"> {
  /** Name of the user it is about. */
  readonly user?: pulumi.Input<string> | undefined;
}

/**
 * Who may do what on which topics. What no rule allows is forbidden, and a deny wins wherever it stands.
 *
 * It touches no host; give it to the `rules` of as many brokers as you like. Brokers of mosquitto 2.0 accept every
 * subscription and filter when a message is delivered, so a forbidden subscription is silent, not refused.
 *
 * @throws pulumi.ResourceError listing every mistake in the arguments. What is allowed but rarely meant (blanks, upper
 * case, a leading slash, a bare `#`, `$SYS`) is a warning.
 * @example
 * ```ts
 * new AclRule("sensor-temp", { user: sensor, access: "write", topic: "home/livingroom/temperature" });
 * new AclRule("own-topics", { everyone: true, access: "readwrite", topic: "devices/%u/#" });
 * ```
 */
export class AclRule extends pulumi.ComponentResource {
  /** The rule as plain data, for a broker's `rules`. */
  readonly spec: RuleInputs;

  constructor(name: string, args: AclRuleArgs, opts?: pulumi.ComponentResourceOptions) {
    const spec = ruleInputs(shapeOf(args));
    super("mosquitto-pi:index:AclRule", name, isObject(spec) ? spec : {}, opts);
    const rule = validated({ resource: this, kind: "AclRule", name }, spec, checkRule, (checked) => checked);
    this.spec = spec;
    this.registerOutputs({ topic: rule.topic, access: rule.access });
  }
}

/** A rule without resources in it. */
export function ruleInputs(rule: AclRuleArgs): RuleInputs {
  if (!isObject(rule)) return rule as never;
  const { user, ...rest } = rule;
  return isGiven(user) ? { ...rest, user: usernameOf(user) } : rest;
}

/** A user without a resource in it. */
export function userInputs(user: UserInputs | { readonly spec: UserInputs }): UserInputs {
  return isObject(user) && "spec" in user ? (user.spec as UserInputs) : (user as UserInputs);
}

function usernameOf(user: UserReference): pulumi.Input<string> {
  if (!isObject(user) || pulumi.Output.isInstance(user) || user instanceof Promise) return user as pulumi.Input<string>;
  const spec: unknown = userInputs(user as UserInputs);
  // What names nobody is left as it is, for the check to show.
  return (isObject(spec) && isGiven(spec["username"]) ? spec["username"] : user) as pulumi.Input<string>;
}
