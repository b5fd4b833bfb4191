import * as pulumi from "@pulumi/pulumi";

import type { Deep } from "../core/Deep";
import { type Field, isObject } from "../core/field";
import { checkSecond } from "../core/Holders";
import type { Subject } from "../core/Refusal";
import { knownNow, shapeOf } from "../core/Shape";
import { validated } from "../core/validated";
import { withGaps } from "../core/WithGaps";
import { HostState, type Wanted } from "../host/HostState";
import { identityOf } from "../host/Identity";
import type { Identity } from "../host/owner";
import { checkHost, type Host, hostInputs } from "../host/RaspberryPi";
import { CONCEPT, desiredState } from "./desired";
import { checkJail, type JailModel, jailModel, type JailSettings, type JailSpec, type WatchedBroker } from "./model";
import { JAIL } from "./render";

/** Arguments of a {@link Fail2BanJail}. */
export type Fail2BanJailArgs = { readonly [K in keyof JailSettings]: Deep<JailSettings[K]> } & {
  /** The broker that is watched, on its Pi. One jail a Pi. */
  readonly broker: JailedBroker;
};

/** A {@link MosquittoBroker}, or a plain object with its host and what was said of its listeners and its log. */
export type JailedBroker = { readonly [K in keyof WatchedBroker]: Deep<WatchedBroker[K]> } & {
  /** The Pi that it runs on. */
  readonly host: Host;
};

/**
 * Has fail2ban cut off, for a time, whoever fails to log in to a broker again and again.
 *
 * At each deployment, the Pi fails to log in to its own broker on every listener, and the jail has to see that.
 *
 * @throws pulumi.ResourceError listing every mistake in the arguments, before anything is sent to the host.
 * @example
 * ```ts
 * const jail = new Fail2BanJail("mqtt-jail", { broker, maxRetry: 5, findTime: "5m", banTime: "1h" });
 * ```
 */
export class Fail2BanJail extends pulumi.ComponentResource {
  /** Its name for `fail2ban-client status`, once it has seen a failure on each listener. */
  readonly jail: pulumi.Output<string>;
  /** Version of fail2ban on the host: `1.0.2`. */
  readonly version: pulumi.Output<string>;

  constructor(name: string, args: Fail2BanJailArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mosquitto-pi:index:Fail2BanJail", name, settingsOf(args), opts);
    const subject: Subject = { resource: this, kind: "Fail2BanJail", name };
    const model = validated(
      subject,
      checkable(args),
      (given) => {
        checkAll(given, args, subject);
      },
      (checked) => jailModel(checked as JailSpec),
    );
    const identity = identityOf(subject);
    const wanted = pulumi.all([model, identity]).apply(([checked, owner]) => {
      const state = wantedState(checked, owner);
      return () => state;
    });
    const draft = async () =>
      wantedState(jailModel((await withGaps(checkable(args))) as JailSpec), await withGaps(identity));
    const after = pulumi.Resource.isInstance(args.broker) ? [args.broker] : [];
    const host = args.broker.host;
    const { report } = new HostState(`${name}-state`, { host, concept: CONCEPT, wanted, draft, after }, subject);

    this.jail = report.apply(({ facts }) => facts["jail"] ?? JAIL);
    this.version = report.apply(({ facts }) => facts["fail2ban"] ?? "unknown");
    this.registerOutputs({ jail: this.jail, version: this.version });
  }
}

function wantedState(model: JailModel, owner: Identity): Wanted {
  return {
    desired: desiredState(model, owner),
    foresee: () => "failing to log in on each listener, for the jail to see it",
  };
}

/** The arguments without resources in them. */
function settingsOf(args: Fail2BanJailArgs): Omit<Fail2BanJailArgs, "broker"> {
  const shape = shapeOf(args);
  if (!isObject(shape)) return shape;
  return Object.fromEntries(Object.entries(shape).filter(([key]) => key !== "broker"));
}

function checkable(args: Fail2BanJailArgs) {
  const settings = settingsOf(args);
  return isObject(settings) ? { ...settings, broker: brokerInputs(args.broker) } : settings;
}

function brokerInputs(broker: JailedBroker) {
  if (!isObject(broker) || !("host" in broker)) return shapeOf(broker);
  const { host, listeners, logging, settings } = broker;
  return { host: knownNow(hostInputs(host)), listeners, logging, settings };
}

function checkAll(given: Field, args: Fail2BanJailArgs, subject: Subject): void {
  if (!given.object("an object with `broker`")) return;
  const broker = given.at("broker");
  if (broker.object("a MosquittoBroker, or { host, listeners }")) {
    checkHost(broker.at("host"));
    checkSecond(broker.at("host"), args.broker.host, subject);
  }
  checkJail(given);
}
