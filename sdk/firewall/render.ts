import { canonicalAddress } from "../tls/names";
import { openListeners } from "../mosquitto/openListeners";
import type { FirewallSpec } from "./model";
import { sourceOf } from "./sources";

/** What of a rule differs. */
interface Rule {
  readonly name: string;
  readonly action?: "allow" | "limit";
  readonly protocol?: string | undefined;
  readonly port: number | string;
  readonly from?: readonly string[] | null | undefined;
  readonly to?: string | null | undefined;
}

/**
 * What is let in, a rule a line: name, action, protocol, port, from where, to which address. The Pi itself knows best which port
 * SSH came by.
 */
export function renderRules({ ssh, broker, listeners, allow }: FirewallSpec): string {
  const rules: Rule[] = [
    { name: "ssh", action: ssh?.limit === true ? "limit" : "allow", port: "in-use", from: ssh?.from },
    ...openListeners(broker?.listeners ?? []).map(({ name, port, bind }) => ({
      name,
      port,
      from: listeners?.[name]?.from,
      to: bind,
    })),
    ...(allow ?? []).map((rule) => ({ name: "allow", ...rule })),
  ];
  return rules.flatMap(lines).join("");
}

function lines({ name, action = "allow", protocol, port, from, to }: Rule): string[] {
  const target = to == null || WILDCARDS.includes(canonicalAddress(to)) ? "any" : canonicalAddress(to);
  return (from?.map(sourceOf) ?? ["any"]).map(
    (source) => `${[name, action, protocol ?? "tcp", port, source, target].join(" ")}\n`,
  );
}

const WILDCARDS = ["0.0.0.0", "::"];
