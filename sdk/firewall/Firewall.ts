import * as pulumi from "@pulumi/pulumi";

import type { Deep } from "../core/Deep";
import { isObject } from "../core/field";
import { checkSecond } from "../core/Holders";
import type { Subject } from "../core/Refusal";
import { knownNow, shapeOf } from "../core/Shape";
import { validated } from "../core/validated";
import { withGaps } from "../core/WithGaps";
import { HostChange } from "../host/HostChange";
import type { Wanted } from "../host/HostState";
import { identityOf } from "../host/Identity";
import type { Identity } from "../host/owner";
import { checkHost, type Host, hostInputs } from "../host/RaspberryPi";
import type { ListenerAddress } from "../mosquitto/listeners";
import { CONCEPT, desiredState } from "./desired";
import { checkFirewall, type FirewallSettings, type FirewallSpec } from "./model";
import { keptRules, remarks } from "./others";

/** A MosquittoBroker, or what is needed of one. */
export interface ListeningBroker {
  /** Where it listens. */
  readonly listeners: pulumi.Input<readonly ListenerAddress[]>;
}

/** Arguments of a {@link Firewall}. */
export type FirewallArgs = { readonly [K in keyof FirewallSettings]: Deep<FirewallSettings[K]> } & {
  /** The Pi. One firewall a host. */
  readonly host: Host;
  /** The broker whose listeners are let in, but for those on loopback addresses. Default: none. */
  readonly broker?: ListeningBroker | undefined;
};

/**
 * A firewall for a Raspberry Pi, by ufw: what is not let in is dropped, over IPv4 and IPv6; what goes out goes.
 *
 * SSH is always let in by the port that deployments use. The change is only made to last when a new SSH connection has come through
 * the new rules; else the Pi goes back to the former ones by itself, half a minute after `confirmWithin` at the latest,
 * and `pulumi up` fails.
 *
 * @throws pulumi.ResourceError listing every mistake in the arguments, before anything is sent to the host; and late when the
 * Pi is not reached through the new rules.
 * @example
 * ```ts
 * new Firewall("firewall", { host: pi, broker, ssh: { from: ["192.168.1.0/24"] } });
 * ```
 */
export class Firewall extends pulumi.ComponentResource {
  /** The port that SSH comes by. */
  readonly sshPort: pulumi.Output<number>;
  /** Rules of the Pi that are not this component's, as they were after the last change: `allow 80/tcp`. */
  readonly otherRules: pulumi.Output<readonly string[]>;

  constructor(name: string, args: FirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mosquitto-pi:index:Firewall", name, settingsOf(args), opts);
    const subject: Subject = { resource: this, kind: "Firewall", name };
    const spec = validated(
      subject,
      checkable(args),
      (given) => {
        if (!given.object("an object with `host`")) return;
        checkHost(given.at("host"));
        checkSecond(given.at("host"), args.host, subject);
        checkFirewall(given);
      },
      (checked) => checked as FirewallSpec,
    );
    const identity = identityOf(subject);
    const wanted = pulumi.all([spec, identity]).apply(([checked, owner]) => {
      const state = wantedState(checked, owner);
      return () => state;
    });
    const draft = async () => wantedState((await withGaps(checkable(args))) as FirewallSpec, await withGaps(identity));
    const { report } = new HostChange(name, { host: args.host, concept: CONCEPT, wanted, draft }, subject, spec);

    this.sshPort = report.apply(({ facts }) => Number(facts["ssh"]));
    this.otherRules = report.apply(({ facts }) => keptRules(facts));
    this.registerOutputs({ sshPort: this.sshPort, otherRules: this.otherRules });
  }
}

function wantedState(spec: FirewallSpec, owner: Identity): Wanted {
  return {
    desired: desiredState(spec, owner),
    foresee: () => "confirmed by a login through the new rules",
    remark: remarks,
  };
}

/** The arguments without resources in them. */
function settingsOf(args: FirewallArgs): Omit<FirewallArgs, "host" | "broker"> {
  const shape = shapeOf(args);
  if (!isObject(shape)) return shape;
  return Object.fromEntries(Object.entries(shape).filter(([key]) => key !== "host" && key !== "broker"));
}

function checkable(args: FirewallArgs) {
  const settings = settingsOf(args);
  if (!isObject(settings)) return settings;
  const { host, broker } = args;
  return {
    ...settings,
    // The host is only to be checked: a preview knows what it wants of it before it knows how to reach it.
    host: knownNow(hostInputs(host)),
    sshPort: pulumi.unsecret(pulumi.output(host.connection).apply(({ port }) => port ?? 22)),
    broker: isObject(broker) && "listeners" in broker ? { listeners: broker.listeners } : broker,
  };
}
