import { isIPv6 } from "node:net";

import type { StaticIpSettings } from "./model";
import { canonical } from "./subnet";

/** What the profile of the device is to hold: a property and its value a line, as `nmcli` names them and spells them. */
export function renderProfile({ address, gateway, dns, searchDomain, ipv6 }: StaticIpSettings): string {
  const servers = (dns ?? [gateway]).map(canonical);
  const search = searchDomain ?? "";
  const family = (version: 4 | 6, place: { address: string; gateway?: string | undefined }) => [
    [`ipv${version}.method`, "manual"],
    [`ipv${version}.addresses`, canonical(place.address)],
    [`ipv${version}.gateway`, canonical(place.gateway ?? "")],
    [`ipv${version}.dns`, servers.filter((it) => isIPv6(it) === (version === 6)).join(",")],
    [`ipv${version}.dns-search`, search],
  ];
  const lines = [...family(4, { address, gateway }), ...(ipv6 == null ? [] : family(6, ipv6))];
  return lines.map((words) => `${words.join(" ")}\n`).join("");
}
