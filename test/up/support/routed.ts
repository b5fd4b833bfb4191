import { Lab, type LabHost, type Suite } from "../../lab";
import type { Spec } from "../program/spec";
import { asRoot } from "./host";
import { until } from "./reloads";
import { profile, route } from "./router";
import { piOf } from "./stack";

export type Network = NonNullable<Spec["networks"]>[string];

/** A Pi in the network of a router. */
export interface Routed {
  readonly lab: Lab;
  readonly router: LabHost;
  /** The Pi where DHCP has put it, and where it is to be. */
  readonly host: LabHost;
  readonly there: LabHost;
  /** Of the profile that is active on its device. */
  readonly uuid: string;
  /** What is to be. */
  readonly network: Network;
}

export async function startRouted(suite: Suite): Promise<Routed> {
  const lab = await Lab.start([
    { name: "pi", suite },
    { name: "router", suite: "bookworm" },
  ]);
  const [host, router] = [lab.host("pi"), lab.host("router")];
  const there = host.at(host.ip.replace(/\d+$/, "80"));
  const uuid = await profile(host);
  await route(router, host);
  return { lab, router, host, there, uuid, network: { address: `${there.ip}/24`, gateway: router.ip } };
}

export function moved(host: LabHost, network: Network): Spec {
  return { hosts: { pi: piOf(host) }, hostsOnly: true, networks: { pi: network } };
}

/** An address of the host's network that nobody has. */
export function silentBeside({ ip }: LabHost): string {
  return ip.replace(/\d+$/, "99");
}

export const SILENCE = /error: gateway: expected a router that answers on host0, got silence from "\S+"; /;

/** Until the router finds the Pi in the network that is only theirs. */
export async function arrives(router: LabHost, address: string): Promise<void> {
  await until(async () => (await router.ssh(`ping -c 1 -W 1 ${address.replace(/\/.*/, "")}`)).code === 0);
}

/** The profile, what is on disk of it, and the address. */
export function settings(host: LabHost): Promise<string> {
  return asRoot(
    host,
    `nmcli -g ipv4,ipv6 connection show "$(nmcli -g GENERAL.CON-UUID device show host0)"
    cat /etc/NetworkManager/system-connections/* | grep -v timestamp; ip -o address show dev host0 | grep -v 'inet6 fe80' | sed 's/valid_lft.*//; s/ tentative//'; ip route | sort`,
  );
}
