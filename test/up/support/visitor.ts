import assert from "node:assert/strict";

import { Lab, type LabHost, type Suite } from "../../lab";
import { asRoot } from "./host";

/** Ports of services that a Pi has beside its broker. */
export const OPEN_PORT = 9999;

/** A Pi, and another host of its network. */
export interface Visited {
  readonly lab: Lab;
  readonly host: LabHost;
  readonly visitor: LabHost;
}

export async function startVisited(suite: Suite): Promise<Visited> {
  const lab = await Lab.start([
    { name: "pi", suite },
    { name: "visitor", suite: "bookworm" },
  ]);
  return { lab, host: lab.host("pi"), visitor: lab.host("visitor") };
}

/** What becomes of a connection: packets that are dropped are not answered at all. */
export type Answer = "open" | "refused" | "dropped";

/** Tries to connect from one host to an address and port of another. */
export async function knock(from: LabHost, address: string, port: number): Promise<Answer> {
  const { code } = await from.ssh(`timeout 3 bash -c ': </dev/tcp/${address}/${port}'`);
  if (code === 0) return "open";
  return code === 124 ? "dropped" : "refused";
}

/** Has a service of the host's answer on a port, of all its addresses. */
export async function serve(host: LabHost, port: number): Promise<void> {
  await asRoot(
    host,
    `systemd-run --quiet --unit=serve-${port} systemd-socket-activate --accept --inetd -l ${port} cat`,
  );
}

/** What the kernel does not just let in and out; and what of it is on the disk. */
export async function filter(host: LabHost): Promise<string> {
  const kernel = "for it in iptables ip6tables; do command -v $it >/dev/null && $it -S | grep -v ACCEPT$; done";
  const disk = "cat /etc/ufw/*.rules /etc/ufw/ufw.conf /etc/default/ufw 2>/dev/null || :";
  return asRoot(host, `${kernel}; ${disk}; systemctl is-enabled ufw.service 2>&1 || :`);
}

/** Gives a host an IPv6 address until its next boot. */
export async function addIpv6(host: LabHost, address: string): Promise<void> {
  await asRoot(host, `ip address replace ${address}/64 dev host0 nodad`);
  assert.ok((await asRoot(host, "ip -6 address show dev host0")).includes(address));
}
