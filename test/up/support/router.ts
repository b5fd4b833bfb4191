import assert from "node:assert/strict";

import type { LabHost } from "../../lab";
import { run } from "../../support/run";
import { asRoot } from "./host";

/** The network that only the router and a Pi that was told so are in. */
export const ASIDE = { address: "10.98.0.80/24", gateway: "10.98.0.1", confirmWithin: "15s" } as const;
/** The router's IPv6 address, and one for a Pi. */
export const IPV6 = { address: "fd00:77::80/64", gateway: "fd00:77::1" };

const UNIT = "/etc/systemd/network/10-router.network";

/**
 * Makes a host of the lab a router with a DHCP server, by systemd-networkd, which it has. The server gives away one address: the one that the
 * lab has noted for the Pi. And the Pi asks for it.
 */
export async function route(router: LabHost, pi: LabHost): Promise<void> {
  const network = [
    "[Match]\nName=host0",
    `[Network]\nAddress=${router.ip}/24\nAddress=${ASIDE.gateway}/24\nAddress=${IPV6.gateway}/64\nDHCPServer=yes`,
    `[DHCPServer]\nServerAddress=${router.ip}/24\nPoolOffset=${pi.ip.split(".").at(-1) ?? ""}\nPoolSize=1\nDNS=${router.ip}\nRouter=${router.ip}`,
  ];
  await asRoot(router, `cat >${UNIT}`, `${network.join("\n\n")}\n`);
  await asRoot(router, "systemctl disable --now --quiet NetworkManager && systemctl restart systemd-networkd");
  const dhcp = 'nmcli connection modify "$uuid" ipv4.method auto ipv4.addresses "" && nmcli device reapply host0';
  const netplan = `sed -i '/addresses:/,/- /d; s/^\\( *\\)renderer:/\\1dhcp4: true\\n&/' /etc/netplan/*.yaml`;
  if (pi.suite === "bookworm") await asRoot(pi, `uuid=${await profile(pi)}; ${dhcp}`);
  else {
    await asRoot(pi, netplan);
    await pi.reboot();
  }
}

/** Switches the DHCP server off, or on again. */
export async function serveLeases(router: LabHost, isOn: boolean): Promise<void> {
  await asRoot(
    router,
    `sed -i 's/^DHCPServer=.*/DHCPServer=${String(isOn)}/' ${UNIT} && systemctl restart systemd-networkd`,
  );
}

/**
 * Has another host answer this machine at an address that it has not, while something is tried: the machine finds it there, and the network
 * is told nothing of it.
 */
export async function impersonated(by: LabHost, address: string, work: () => Promise<void>): Promise<void> {
  const mac = await asRoot(by, "cat /sys/class/net/host0/address");
  await asRoot(by, `sysctl -q net.ipv4.conf.all.arp_ignore=1 && ip address add ${address}/32 dev lo`);
  const bridge = / dev (\S+)/.exec((await run("ip", ["-o", "route", "get", address])).stdout)?.[1] ?? "";
  const neighbour = (words: string) => run("ip", `neigh ${words} dev ${bridge}`.split(" "));
  const { code, stderr } = await neighbour(`replace ${address} lladdr ${mac} nud permanent`);
  assert.equal(code, 0, stderr);
  try {
    await work();
  } finally {
    await neighbour(`del ${address}`);
    await asRoot(by, `ip address del ${address}/32 dev lo && sysctl -q net.ipv4.conf.all.arp_ignore=0`);
  }
}

/** The UUID of the profile that is active on the device. */
export function profile(pi: LabHost): Promise<string> {
  return asRoot(pi, "nmcli -g GENERAL.CON-UUID device show host0");
}

/** Whether it answers at its address. A host that leaves in the middle of a connection says nothing: hence the limit. */
export async function isThere(host: LabHost): Promise<boolean> {
  return (await run("timeout", ["3", "ssh", ...host.sshOptions, `pi@${host.ip}`, "true"])).code === 0;
}
