import type { Field } from "../core/field";
import { checkAddress, isLoopback } from "../tls/names";
import { LISTENER_NAMES, type ListenerAddress } from "./listeners";

/** Those that listen to more than the Pi itself. */
export function openListeners(listeners: readonly ListenerAddress[]): ListenerAddress[] {
  return listeners.filter(({ bind }) => bind == null || !isLoopback(bind));
}

/**
 * Checks where the listeners of a broker listen.
 *
 * @returns those that listen to more than the Pi itself; undefined when they are not known, or not right.
 */
export function checkOpenListeners(broker: Field): ListenerAddress[] | undefined {
  const listeners = broker.at("listeners");
  if (listeners.isUnknown) return undefined;
  const before = broker.found.length;
  if (listeners.isAbsent) listeners.fail("a list of { name, port, bind }");
  const items = listeners.items("a list of { name, port, bind }");
  for (const listener of items) {
    if (!listener.object("an object with `name` and `port`")) continue;
    listener.at("name").oneOf(LISTENER_NAMES);
    listener.at("port").integer(1, 65535);
    const bind = listener.at("bind").given();
    if (bind !== undefined) checkAddress(bind);
  }
  if (broker.found.length > before) return undefined;
  return openListeners(items.map(({ value }) => value as ListenerAddress));
}
