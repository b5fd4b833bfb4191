import type { Field } from "../core/field";
import { checkPatience, type Confirmation } from "../host/patience";
import { LISTENER_NAMES, type ListenerAddress, type ListenerName } from "../mosquitto/listeners";
import { checkOpenListeners } from "../mosquitto/openListeners";
import { isWithin, type Subnet } from "../network/subnet";
import { checkSources } from "./sources";

/** A transport protocol. */
export const Protocol = {
  /** Connections: MQTT, HTTP, SSH. */
  Tcp: "tcp",
  /** Single packets: CoAP, DNS, WireGuard. */
  Udp: "udp",
} as const;
export type Protocol = (typeof Protocol)[keyof typeof Protocol];

/** How often one may come by SSH. */
export interface SshLimit {
  /** Networks and addresses that may come as often as they like, such as those that you and a pipeline deploy from. */
  readonly except: readonly string[];
}

/** Who may come by SSH. The port is the one that deployments use. */
export interface SshAccess {
  /**
   * Turns an address away that comes 6 times within 30 seconds, but for the one that the firewall was last changed from. A deployment
   * comes more often: say where all of them come from.
   *
   * @defaultValue false
   */
  readonly limit?: boolean | SshLimit | undefined;
  /**
   * Networks and addresses that may come: "192.168.1.0/24", "fd00::/64". The one that you deploy from has to be in it.
   *
   * @defaultValue everyone
   */
  readonly from?: readonly string[] | undefined;
}

/** Who may come to a listener of the broker. */
export interface ListenerAccess {
  /**
   * Networks and addresses that may come: "192.168.1.0/24".
   *
   * @defaultValue everyone
   */
  readonly from?: readonly string[] | undefined;
}

/** A port that is open beside SSH and the broker. */
export interface PortRule {
  /** 1 to 65535. */
  readonly port: number;
  /** @defaultValue "tcp" */
  readonly protocol?: Protocol | undefined;
  /**
   * Networks and addresses that may come.
   *
   * @defaultValue everyone
   */
  readonly from?: readonly string[] | undefined;
}

/** What a firewall lets in; all else is dropped. */
export interface FirewallSettings extends Confirmation {
  /** Who may come by SSH. */
  readonly ssh?: SshAccess | undefined;
  /** Who may come to listeners of `broker`, where that is not everyone. */
  readonly listeners?: Readonly<Partial<Record<ListenerName, ListenerAccess | undefined>>> | undefined;
  /** More ports that are open. mDNS needs none: ufw lets it in. */
  readonly allow?: readonly PortRule[] | undefined;
  /**
   * Refuses a Pi that has rules of somebody else's; otherwise they stay, and are listed.
   *
   * @defaultValue false
   */
  readonly exclusive?: boolean | undefined;
}

/** All that the rules follow from. */
export interface FirewallSpec extends FirewallSettings {
  readonly broker?: { readonly listeners: readonly ListenerAddress[] } | undefined;
  /** Of the connection: another one is another way in. */
  readonly sshPort: number;
}

/** Checks the arguments of a Firewall but for its host. */
export function checkFirewall(args: Field): void {
  args.onlyKeys(["host", "sshPort", "broker", "ssh", "listeners", "allow", "exclusive", "confirmWithin"]);
  checkPatience(args);
  args.at("exclusive").given()?.boolean();
  checkSsh(args.at("ssh"));
  const open = checkBroker(args.at("broker"));
  checkAccess(args.at("listeners"), open);
  checkPorts(args.at("allow"), args.at("sshPort").value, open ?? []);
}

function checkSsh(ssh: Field): void {
  if (ssh.isAbsent || !ssh.object("an object with `limit` or `from`")) return;
  ssh.onlyKeys(["limit", "from"]);
  checkLimit(ssh.at("limit"), checkSources(ssh.at("from")));
}

function checkLimit(limit: Field, allowed: readonly Subnet[]): void {
  if (limit.isAbsent || typeof limit.value === "boolean") return;
  if (!limit.object("true, false or { except }")) return;
  limit.onlyKeys(["except"]);
  const except = limit.at("except");
  if (except.isAbsent) except.fail("a list of networks", "limit: true is without one");
  for (const source of checkSources(except))
    if (allowed.length > 0 && !allowed.some((network) => isWithin(source, network)))
      except.mistake("networks that `ssh.from` lets in", `${source.address}/${source.prefix}`, "add it there");
}

/** The listeners that others get at; undefined when they are not known, or not right. */
function checkBroker(broker: Field): ListenerAddress[] | undefined {
  if (broker.isAbsent) return [];
  return broker.object("a MosquittoBroker, or { listeners }") ? checkOpenListeners(broker) : undefined;
}

function checkAccess(access: Field, open: readonly ListenerAddress[] | undefined): void {
  if (access.isAbsent || !access.object("an object such as { tls: { from } }")) return;
  access.onlyKeys(LISTENER_NAMES);
  for (const name of LISTENER_NAMES) {
    const listener = access.at(name);
    if (listener.isAbsent || !listener.object("an object with `from`")) continue;
    listener.onlyKeys(["from"]);
    checkSources(listener.at("from"));
    if (open !== undefined && !open.some((it) => it.name === name))
      listener.mistake("a listener of `broker` that is not on a loopback address", "none of this name");
  }
}

function checkPorts(allow: Field, sshPort: unknown, open: readonly ListenerAddress[]): void {
  const owners = new Map<string, string>(
    open.map(({ name, port }) => [`${port}/tcp`, `that is the listener ${name}, which has \`listeners\``]),
  );
  for (const rule of allow.items("a list of { port, protocol, from }")) {
    if (!rule.object("an object with `port`")) continue;
    rule.onlyKeys(["port", "protocol", "from"]);
    const port = rule.at("port").integer(1, 65535);
    const protocol = rule.at("protocol").isAbsent ? "tcp" : rule.at("protocol").oneOf(Object.values(Protocol));
    checkSources(rule.at("from"));
    if (port === undefined || protocol === undefined) continue;
    const key = `${port}/${protocol}`;
    const owner = owners.get(key);
    if (owner !== undefined) rule.mistake("each port once", key, owner);
    // Only the Pi knows its own port: that of the connection may be a router's, which leads there.
    else if (key === `${String(sshPort)}/tcp`)
      rule.advise(
        `${key} is refused by a Pi where SSH comes by it, as it does here by connection.port: that has \`ssh\``,
      );
    owners.set(key, owner ?? `put all sources in \`from\` of ${rule.path}`);
  }
}
