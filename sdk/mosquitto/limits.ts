import { checkDuration, type Duration, seconds } from "../core/duration";
import type { Field } from "../core/field";

/** Limits that keep one client from using up the Pi. What is left out is mosquitto's own default. */
export interface Limits {
  /**
   * Messages of QoS 1 and 2 on their way to one client at a time; 0 for no limit.
   *
   * @defaultValue 20
   */
  readonly maxInflightMessages?: number | undefined;
  /**
   * Bytes of QoS 1 and 2 messages on their way to one client at a time; 0 for no limit.
   *
   * @defaultValue 0
   */
  readonly maxInflightBytes?: number | undefined;
  /**
   * Messages of QoS 1 and 2 that wait for one client, connected or not; 0 for no limit.
   *
   * @defaultValue 1000
   */
  readonly maxQueuedMessages?: number | undefined;
  /**
   * Bytes of messages that wait for one client; 0 for no limit.
   *
   * @defaultValue 0
   */
  readonly maxQueuedBytes?: number | undefined;
  /**
   * Whether messages of QoS 0 wait for clients that are away, too.
   *
   * @defaultValue false
   */
  readonly queueQos0Messages?: boolean | undefined;
  /**
   * Size of the largest MQTT packet, in bytes, from 20. Supersedes mosquitto's older `message_size_limit`.
   *
   * @defaultValue 268435455, the most that MQTT can
   */
  readonly maxPacketSize?: number | undefined;
  /**
   * Longest keepalive a client may ask for, "10s" to "65535s". MQTT 5 clients are told to keep to it. MQTT 3.1.1 clients that
   * ask for more are let in by mosquitto 2.0.11 and refused by 2.0.21: most ask for 60 s, so take no less than "2m".
   *
   * @defaultValue "65535s"
   */
  readonly maxKeepalive?: Duration | undefined;
  /**
   * Memory the broker may use, in bytes; 0 for no limit.
   *
   * @defaultValue 0
   */
  readonly memoryLimit?: number | undefined;
}

const INTEGERS = {
  maxInflightMessages: ["max_inflight_messages", 0, 65535],
  maxInflightBytes: ["max_inflight_bytes", 0, 2 ** 31 - 1],
  maxQueuedMessages: ["max_queued_messages", 0, 2 ** 31 - 1],
  maxQueuedBytes: ["max_queued_bytes", 0, 2 ** 31 - 1],
  maxPacketSize: ["max_packet_size", 20, 268_435_455],
  memoryLimit: ["memory_limit", 0, 2 ** 31 - 1],
} as const;
type IntegerLimit = keyof typeof INTEGERS;

/** Checks `limits`. */
export function checkLimits(limits: Field): void {
  if (!limits.object()) return;
  limits.onlyKeys([...Object.keys(INTEGERS), "queueQos0Messages", "maxKeepalive"]);
  for (const [name, [, min, max]] of Object.entries(INTEGERS)) limits.at(name).given()?.integer(min, max);
  limits.at("queueQos0Messages").given()?.boolean();
  const keepalive = limits.at("maxKeepalive").given();
  if (keepalive !== undefined) checkDuration(keepalive, "10s", "65535s");
}

/** `limits` as configuration lines. */
export function limitLines(limits: Limits): string[] {
  const integers = (Object.keys(INTEGERS) as IntegerLimit[]).flatMap((name) =>
    setting(INTEGERS[name][0], limits[name]),
  );
  return [
    ...integers,
    ...setting("queue_qos0_messages", limits.queueQos0Messages),
    ...setting("max_keepalive", limits.maxKeepalive == null ? undefined : seconds(limits.maxKeepalive)),
  ];
}

/** One configuration line, or none when nothing was said. */
export function setting(key: string, value: string | number | boolean | null | undefined): string[] {
  return value == null ? [] : [`${key} ${String(value)}`];
}
