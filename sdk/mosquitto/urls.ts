import { isIPv6 } from "node:net";

import { LISTENER_NAMES, LISTENERS, type ListenerName } from "./listeners";

/** Addresses of a broker's listeners. */
export type ListenerUrls = Readonly<Partial<Record<ListenerName, string>>>;

/** The address of every listener that the host said is open, by the facts `listening <name>` of its report. */
export function listenerUrls(facts: Readonly<Record<string, string>>, name: string): ListenerUrls {
  const server = isIPv6(name) ? `[${name}]` : name;
  const urls = LISTENER_NAMES.flatMap((listener) => {
    const port = facts[`listening ${listener}`];
    return port === undefined ? [] : [[listener, `${LISTENERS[listener].scheme}://${server}:${port}`] as const];
  });
  return Object.fromEntries(urls);
}

/** The address to give to people: TLS before client certificates, before browsers, before plain text. */
export function mainUrl(urls: ListenerUrls): string {
  const url = urls.tls ?? urls.mutualTls ?? urls.websockets ?? urls.mqtt;
  if (url === undefined) throw new Error("the host's report names no open listener");
  return url;
}
