import { isIP } from "node:net";

import { checkDuration, type Duration, parseDuration, seconds } from "../core/duration";
import type { Field } from "../core/field";
import type { ListenerAddress } from "../mosquitto/listeners";
import { LogDestination, type Logging, LogType } from "../mosquitto/logging";
import { checkOpenListeners, openListeners } from "../mosquitto/openListeners";
import type { Settings } from "../mosquitto/settings";
import { canonical, parseSubnet } from "../network/subnet";
import { canonicalAddress } from "../tls/names";

/** How fail2ban has the kernel drop packets of who is banned. */
export const BanAction = {
  /** By a table of its own in nftables. */
  Nftables: "nftables",
  /** By a chain of its own in iptables. */
  Iptables: "iptables",
} as const;
export type BanAction = (typeof BanAction)[keyof typeof BanAction];

/** How many failures in how long a time ban an address, and for how long. */
export interface JailLimits {
  /**
   * Failures within `findTime` that ban an address.
   *
   * @defaultValue 5
   */
  readonly maxRetry?: number | undefined;
  /**
   * The time in which failures are counted.
   *
   * @defaultValue "10m"
   */
  readonly findTime?: Duration | undefined;
  /**
   * How long an address is banned.
   *
   * @defaultValue "1h"
   */
  readonly banTime?: Duration | undefined;
}

/** What a Fail2BanJail does, apart from its broker. */
export interface JailSettings extends JailLimits {
  /**
   * Whether each further ban of an address lasts twice as long as the one before, up to `maxBanTime`.
   *
   * @defaultValue false
   */
  readonly increment?: boolean | undefined;
  /**
   * How long a ban lasts at most, with `increment`.
   *
   * @defaultValue "7d"
   */
  readonly maxBanTime?: Duration | undefined;
  /** Addresses and networks that are never banned, beside the Pi's own: what looks whether a port is open, and proxies. */
  readonly ignoreIps?: readonly string[] | undefined;
  /**
   * Whether the address that the last deployment came from is never banned.
   *
   * @defaultValue true
   */
  readonly ignoreDeployer?: boolean | undefined;
  /** @defaultValue "nftables" */
  readonly action?: BanAction | undefined;
  /**
   * A jail for SSH, too: `{}` has the same defaults.
   *
   * @defaultValue what Debian's package says: a jail for SSH with its own limits
   */
  readonly sshd?: JailLimits | undefined;
}

/** What a jail has to know of its broker. */
export interface WatchedBroker {
  /** Where it listens. */
  readonly listeners: readonly ListenerAddress[];
  /** What it logs, as its arguments say. */
  readonly logging?: Logging | undefined;
  /** Further settings, likewise. */
  readonly settings?: Settings | undefined;
}

/** All that is checked before anything is made. */
export interface JailSpec extends JailSettings {
  readonly broker: WatchedBroker;
}

/** Limits in seconds. */
export interface LimitsModel {
  readonly maxRetry: number;
  readonly findTime: number;
  readonly banTime: number;
}

/** A checked jail with its defaults applied. */
export interface JailModel extends LimitsModel {
  /** The listeners that others than the Pi itself reach. */
  readonly listeners: readonly ListenerAddress[];
  /** Seconds; undefined without increment. */
  readonly maxBanTime?: number;
  readonly ignoreIps: readonly string[];
  readonly ignoreDeployer: boolean;
  readonly action: BanAction;
  readonly sshd?: LimitsModel;
}

const LIMITS = ["maxRetry", "findTime", "banTime"] as const;

/** Checks the arguments of a Fail2BanJail but for its host. */
export function checkJail(args: Field): void {
  args.onlyKeys(["broker", ...LIMITS, "increment", "maxBanTime", "ignoreIps", "ignoreDeployer", "action", "sshd"]);
  checkWatched(args.at("broker"));
  checkLimits(args);
  args.at("increment").given()?.boolean();
  checkMaxBanTime(args);
  for (const network of args.at("ignoreIps").items('a list of addresses and networks, such as ["192.168.1.10"]'))
    checkIgnored(network);
  args.at("ignoreDeployer").given()?.boolean();
  args.at("action").given()?.oneOf(Object.values(BanAction));
  const sshd = args.at("sshd").given();
  if (sshd?.object() === true) {
    sshd.onlyKeys(LIMITS);
    checkLimits(sshd);
  }
}

function checkLimits(limits: Field): void {
  limits.at("maxRetry").given()?.integer(1, 100, "failures");
  for (const name of ["findTime", "banTime"] as const) {
    const time = limits.at(name).given();
    if (time !== undefined) checkDuration(time, "10s", "1y");
  }
}

function checkMaxBanTime(args: Field): void {
  const longest = args.at("maxBanTime").given();
  if (longest === undefined) return;
  const most = checkDuration(longest, "10s", "1y");
  const first = args.at("banTime").isUnknown ? undefined : secondsOf(args.at("banTime").value ?? BAN_TIME);
  if (args.at("increment").isAbsent || args.at("increment").value === false)
    longest.mistake("no `maxBanTime` without `increment`", undefined, "add increment: true");
  else if (most !== undefined && first !== undefined && most < first)
    longest.fail("at least `banTime`", "a ban can only become longer");
}

function checkIgnored(network: Field): void {
  const text = network.string(
    'an address or a network, such as "192.168.1.10" or "10.8.0.0/24"',
    (given) => isIP(given) !== 0 || parseSubnet(given) !== undefined,
  );
  if (text !== undefined && parseSubnet(text)?.prefix === 0)
    network.fail("a network", "that is everybody: nobody would ever be banned");
}

/** What the watch can be sure of: lines that begin with the broker's own words, and of clients no line in their own. */
const SAFE_TYPES: readonly unknown[] = [LogType.Error, LogType.Warning, LogType.Notice, LogType.Information];

function checkWatched(broker: Field): void {
  const logging = broker.at("logging");
  const { destinations, types } = { destinations: logging.at("destinations"), types: logging.at("types") };
  if (isListWithout(destinations, LogDestination.File))
    destinations.mistake('"file" among them', undefined, "logins are read from the broker's log file");
  if (isListWithout(types, LogType.Notice))
    types.mistake('"notice" among them', undefined, "it has the lines that tell who logs in");
  if (isListWithout(types, LogType.Warning))
    types.mistake('"warning" among them', undefined, "it has the lines that tell when the broker can take nobody");
  for (const type of types.items())
    if (!type.isUnknown && !SAFE_TYPES.includes(type.value))
      type.fail(
        "none but error, warning, notice and information",
        "other lines repeat what clients send, who can forge logins with them",
      );
  if (logging.at("connectionMessages").value === false)
    logging.at("connectionMessages").fail("true", "else the log does not tell who logs in");
  const stamps = ["log_timestamp", "log_timestamp_format"].map((name) => broker.at("settings").at(name));
  for (const stamp of stamps)
    if (!stamp.isAbsent && !stamp.isUnknown) stamp.mistake("mosquitto's own time stamps", undefined, "leave it away");
  checkReached(broker);
}

function isListWithout(list: Field, word: string): boolean {
  return Array.isArray(list.value) && list.items().every((item) => !item.isUnknown && item.value !== word);
}

function checkReached(broker: Field): void {
  const open = checkOpenListeners(broker);
  if (open?.length === 0)
    broker
      .at("listeners")
      .mistake("a listener that others than the Pi itself reach", undefined, "nobody else can come");
}

const BAN_TIME = "1h";

/** Applies the defaults to a checked jail. */
export function jailModel(spec: JailSpec): JailModel {
  return {
    ...limitsModel(spec),
    listeners: openListeners(spec.broker.listeners),
    ...(spec.increment === true ? { maxBanTime: seconds(spec.maxBanTime ?? "7d") } : {}),
    ignoreIps: (spec.ignoreIps ?? []).map((it) => (isIP(it) === 0 ? canonical(it) : canonicalAddress(it))),
    ignoreDeployer: spec.ignoreDeployer ?? true,
    action: spec.action ?? BanAction.Nftables,
    ...(spec.sshd == null ? {} : { sshd: limitsModel(spec.sshd) }),
  };
}

function limitsModel({ maxRetry, findTime, banTime }: JailLimits): LimitsModel {
  return { maxRetry: maxRetry ?? 5, findTime: seconds(findTime ?? "10m"), banTime: seconds(banTime ?? BAN_TIME) };
}

function secondsOf(duration: unknown): number | undefined {
  return typeof duration === "string" ? parseDuration(duration) : undefined;
}
