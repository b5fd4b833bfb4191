import { canonicalAddress } from "../tls/names";
import { openListeners } from "../mosquitto/openListeners";
import type { FirewallSpec, SshAccess } from "./model";
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
    ...sshRules(ssh ?? {}),
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

/** ufw has one rule for each source: what is exempt is not limited beside it. */
function sshRules({ limit, from }: SshAccess): Rule[] {
  const common = { name: "ssh", port: "in-use" };
  if (limit == null || limit === false) return [{ ...common, from }];
  const except = typeof limit === "object" ? sourcesOf(limit.except) : [];
  return [
    { ...common, action: "limit", from: sourcesOf(from).filter((source) => !except.includes(source)) },
    { ...common, name: "exempt", from: except },
  ];
}

function lines({ name, action = "allow", protocol, port, from, to }: Rule): string[] {
  const target = to == null || WILDCARDS.includes(canonicalAddress(to)) ? "any" : canonicalAddress(to);
  return sourcesOf(from).map((source) => `${[name, action, protocol ?? "tcp", port, source, target].join(" ")}\n`);
}

/** Also of what a preview does not know yet, which is no list. */
function sourcesOf(from: readonly string[] | null | undefined): string[] {
  return [from ?? "any"].flat().map(sourceOf);
}

const WILDCARDS = ["0.0.0.0", "::"];
