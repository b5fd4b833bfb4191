import * as pulumi from "@pulumi/pulumi";

import type { Deep } from "../core/Deep";
import { checkSecond } from "../core/Holders";
import type { Subject } from "../core/Refusal";
import { validated } from "../core/validated";
import { withGaps } from "../core/WithGaps";
import { HostChange } from "../host/HostChange";
import type { Wanted } from "../host/HostState";
import { identityOf } from "../host/Identity";
import type { Identity } from "../host/owner";
import { givenAddresses, pisByAddress } from "../host/Places";
import { checkHost, type Host, withKnownHost, withoutHost } from "../host/RaspberryPi";
import { checkClash, checkTaken } from "./Clashes";
import { CONCEPT, desiredState } from "./desired";
import { bareAddress, checkStaticIp, type StaticIpSettings } from "./model";

/** Arguments of a {@link StaticIp}. */
export type StaticIpArgs = { readonly [K in keyof StaticIpSettings]: Deep<StaticIpSettings[K]> } & {
  /** The Pi, as it can be reached now: at its former address, or at the new one when it is there already. One StaticIp a host. */
  readonly host: Host;
};

/**
 * A fixed address for a Raspberry Pi, kept by its NetworkManager. Other components take `host`, which is the Pi at that address.
 *
 * The change is only made to last when the Pi answers at the new address, with the same host key; else it goes back by itself
 * half a minute after `confirmWithin` at the latest, and `pulumi up` fails.
 *
 * @throws pulumi.ResourceError listing every mistake in the arguments, before anything is sent to the host; and late when the
 * Pi is not reached at the new address.
 * @example
 * ```ts
 * const lan = new StaticIp("lan", { host: pi, address: "192.168.1.80/24", gateway: "192.168.1.1" });
 * const broker = new MosquittoBroker("broker", { host: lan.host, authority: ca, users: [sensor] });
 * ```
 */
export class StaticIp extends pulumi.ComponentResource {
  /** The Pi at its fixed address, for other components. Known once the Pi answers there. */
  readonly host: Host;
  /** The address, without the length of its prefix. Known once the Pi answers there. */
  readonly address: pulumi.Output<string>;
  /** The network device that has it: `eth0`. */
  readonly device: pulumi.Output<string>;

  constructor(name: string, args: StaticIpArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mosquitto-pi:index:StaticIp", name, withoutHost(args), opts);
    const subject: Subject = { resource: this, kind: "StaticIp", name };
    const holders = givenAddresses();
    const settings = validated(
      subject,
      withKnownHost(args),
      (given) => {
        if (!given.object("an object with `host`, `address` and `gateway`")) return;
        checkHost(given.at("host"));
        checkSecond(given.at("host"), args.host, subject);
        checkStaticIp(given);
        for (const place of [given, given.at("ipv6")]) checkClash(place.at("address"), holders, args.host, subject);
      },
      (checked) => checked,
    );
    const pis = pisByAddress();
    const { address, ipv6 } = withoutHost(args);
    const free = validated(
      subject,
      // Checked when all Pis are made, and it is known which of them move.
      { address: pulumi.output(address), ipv6: pulumi.output(ipv6) },
      (given) => {
        for (const place of [given, given.at("ipv6")]) checkTaken(place.at("address"), pis, args.host);
      },
      (checked) => checked,
    );
    const identity = identityOf(subject);
    const wanted = pulumi.all([settings, identity, free]).apply(([checked, owner]) => {
      const state = wantedState(checked, owner);
      return () => state;
    });
    const draft = async () => wantedState(await withGaps(withoutHost(args)), await withGaps(identity));
    const to = settings.apply(({ address }) => bareAddress(address));
    const { host, report } = new HostChange(
      name,
      { host: args.host, concept: CONCEPT, wanted, draft },
      subject,
      settings,
      to,
    );

    this.host = host;
    this.address = pulumi.all([to, report]).apply(([address]) => address);
    this.device = report.apply(({ facts }) => facts["device"] ?? "unknown");
    this.registerOutputs({ address: this.address, device: this.device });
  }
}

function wantedState(settings: StaticIpSettings, owner: Identity): Wanted {
  return {
    desired: desiredState(settings, owner),
    foresee: () => `confirmed by a login at ${bareAddress(settings.address)}`,
  };
}
