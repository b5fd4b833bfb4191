import type { Field } from "../core/field";
import { setting } from "./limits";

/** Where the broker logs to. */
export const LogDestination = {
  /** /var/log/mosquitto/mosquitto.log. */
  File: "file",
  /** The system's log. */
  Syslog: "syslog",
  /** The journal of mosquitto.service. */
  Stdout: "stdout",
  /** $SYS/broker/log topics, for users with a rule for them. */
  Topic: "topic",
} as const;
export type LogDestination = (typeof LogDestination)[keyof typeof LogDestination];

/** Kinds of log lines. */
export const LogType = {
  /** What the broker could not do. */
  Error: "error",
  /** What is odd, and went on. */
  Warning: "warning",
  /** Clients that come, go or are refused. */
  Notice: "notice",
  /** Start, stop, saves. */
  Information: "information",
  /** Each subscription, in the client's words. */
  Subscribe: "subscribe",
  /** Each end of one, likewise. */
  Unsubscribe: "unsubscribe",
  /** What the websockets library says. */
  Websockets: "websockets",
  /** Every packet. */
  Debug: "debug",
} as const;
export type LogType = (typeof LogType)[keyof typeof LogType];

/** What the broker logs, and where. */
export interface Logging {
  /** @defaultValue ["file"] (Debian's) */
  readonly destinations?: readonly LogDestination[] | undefined;
  /** @defaultValue ["error", "warning", "notice", "information"] (mosquitto's own) */
  readonly types?: readonly LogType[] | undefined;
  /**
   * Whether each client that comes or goes is logged.
   *
   * @defaultValue true (mosquitto's own)
   */
  readonly connectionMessages?: boolean | undefined;
}

const DESTINATION_LINES: Readonly<Record<LogDestination, string>> = {
  file: "log_dest file /var/log/mosquitto/mosquitto.log",
  syslog: "log_dest syslog",
  stdout: "log_dest stdout",
  topic: "log_dest topic",
};

/** Checks `logging`. */
export function checkLogging(logging: Field): void {
  if (!logging.object()) return;
  logging.onlyKeys(["destinations", "types", "connectionMessages"]);
  checkChoices(logging.at("destinations"), Object.values(LogDestination));
  checkChoices(logging.at("types"), Object.values(LogType));
  logging.at("connectionMessages").given()?.boolean();
  for (const type of logging.at("types").items())
    if (type.value === LogType.Subscribe || type.value === LogType.Unsubscribe)
      type.advise("these lines repeat what clients send: any user can forge other lines with them");
}

function checkChoices(list: Field, choices: readonly string[]): void {
  const items = list.items();
  if (Array.isArray(list.value) && items.length === 0)
    list.mistake("at least one", "an empty list", "leave it away for the default");
  items.forEach((item, i) => {
    item.oneOf(choices);
    if (items.slice(0, i).some((earlier) => earlier.value === item.value && !item.isUnknown))
      item.fail("each only once");
  });
}

/** `logging` as configuration lines. */
export function loggingLines({ destinations, types, connectionMessages }: Logging): string[] {
  return [
    ...(destinations ?? [LogDestination.File]).map((destination) => DESTINATION_LINES[destination]),
    ...(types ?? [LogType.Error, LogType.Warning, LogType.Notice, LogType.Information]).map(
      (type) => `log_type ${type}`,
    ),
    ...setting("connection_messages", connectionMessages),
  ];
}
