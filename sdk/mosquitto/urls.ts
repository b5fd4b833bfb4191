import { isIP, isIPv6 } from "node:net";

import { isLoopback } from "../tls/names";
import { type ListenerModel, LISTENERS, type ListenerName } from "./listeners";
import { isAny, type ServerNames } from "./serverNames";

/** Addresses of a broker's listeners. */
export type ListenerUrls = Readonly<Partial<Record<ListenerName, string>>>;

/** The address of every listener that the host said is open, by the facts `listening <name>` of its report. */
export function listenerUrls(
  facts: Readonly<Record<string, string>>,
  names: Pick<ServerNames, "primary" | "ipAddresses">,
  listeners: readonly ListenerModel[],
): ListenerUrls {
  const urls = listeners.flatMap((listener) => {
    const port = facts[`listening ${listener.name}`];
    const url = `${LISTENERS[listener.name].scheme}://${bracketed(serverOf(listener, names))}:${port ?? ""}`;
    return port === undefined ? [] : [[listener.name, url] as const];
  });
  return Object.fromEntries(urls);
}

/** What clients call the server of a listener: a name, if it has one and is not for the Pi alone. */
function serverOf(
  { bind, tls }: ListenerModel,
  { primary, ipAddresses }: Pick<ServerNames, "primary" | "ipAddresses">,
): string {
  if (bind === undefined || isAny(bind)) return primary;
  if (isLoopback(bind)) return bind;
  return isIP(primary) !== 0 && (tls === undefined || ipAddresses.includes(bind)) ? bind : primary;
}

function bracketed(server: string): string {
  return isIPv6(server) ? `[${server}]` : server;
}

/** The address to give to people: what can be reached from elsewhere; TLS before client certificates, browsers, plain text. */
export function mainUrl({ tls, mutualTls, websockets, mqtt }: ListenerUrls): string {
  const urls = [tls, mutualTls, websockets, mqtt].filter((url) => url !== undefined);
  const url = urls.find((text) => !isLoopback(new URL(text).hostname.replace(/^\[|\]$/g, ""))) ?? urls[0];
  if (url === undefined) throw new Error("the host's report names no open listener");
  return url;
}
