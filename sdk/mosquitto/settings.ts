import { didYouMean } from "../core/didYouMean";
import type { Field } from "../core/field";
import { versionsOf } from "./versions";

/** Settings of mosquitto.conf that no typed argument covers. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

type Kind = "boolean" | "integer" | "text";

/** Global settings that may be given freely. */
const FREE: Readonly<Record<string, Kind>> = {
  allow_zero_length_clientid: "boolean",
  auto_id_prefix: "text",
  autosave_on_changes: "boolean",
  check_retain_source: "boolean",
  log_facility: "integer",
  log_timestamp: "boolean",
  log_timestamp_format: "text",
  retain_available: "boolean",
  set_tcp_nodelay: "boolean",
  sys_interval: "integer",
  upgrade_outgoing_qos: "boolean",
  websockets_headers_size: "integer",
  websockets_log_level: "integer",
};
const RETAIN_EXPIRY: Readonly<Record<string, Kind>> = { retain_expiry_interval: "integer" };

/** Settings that a typed argument makes; mosquitto exits on many that come twice. */
const TYPED: Readonly<Record<string, string>> = {
  allow_anonymous: "allowAnonymous",
  acl_file: "rules",
  password_file: "users",
  listener: "listeners",
  port: "listeners",
  bind_address: "listeners",
  protocol: "listeners",
  max_connections: "listeners.<name>.maxConnections",
  max_qos: "listeners.<name>.maxQos",
  tls_version: "listeners.<name>.tlsVersion",
  ciphers: "listeners.<name>.ciphers",
  cafile: "authority",
  crlfile: "users[].revoked",
  certfile: "certificate",
  keyfile: "certificate",
  require_certificate: "listeners.mutualTls",
  use_identity_as_username: "listeners.mutualTls",
  persistence: "persistence",
  autosave_interval: "persistence.autosaveInterval",
  persistent_client_expiration: "persistence.clientExpiration",
  log_dest: "logging.destinations",
  log_type: "logging.types",
  connection_messages: "logging.connectionMessages",
  max_inflight_messages: "limits.maxInflightMessages",
  max_inflight_bytes: "limits.maxInflightBytes",
  max_queued_messages: "limits.maxQueuedMessages",
  max_queued_bytes: "limits.maxQueuedBytes",
  max_packet_size: "limits.maxPacketSize",
  message_size_limit: "limits.maxPacketSize",
  max_keepalive: "limits.maxKeepalive",
  memory_limit: "limits.memoryLimit",
  queue_qos0_messages: "limits.queueQos0Messages",
};

/** Settings that would open the broker, run foreign code as it, or lead it out of its folder. */
const REFUSED: Readonly<Record<string, string>> = {
  user: "it decides who the broker runs as",
  per_listener_settings: "it takes the ACL away from some listeners",
  include_dir: "it reads files that nobody checked",
  plugin: "it runs foreign code in the broker and can let anyone in",
  auth_plugin: "it runs foreign code in the broker and can let anyone in",
  psk_file: "it is another way to log in, beside `users`",
  use_username_as_clientid: "it changes who a rule with %c is about",
  use_subject_as_username: "it makes user names that no rule can hold",
  connection: "a bridge is no single setting",
  persistence_location: "the broker may only write to /var/lib/mosquitto",
  persistence_file: "the broker may only write to /var/lib/mosquitto",
  pid_file: "systemd keeps track of the broker",
  http_dir: "it serves files of the Pi to anyone",
};

/** Checks `settings` against what the host's mosquitto knows. */
export function checkSettings(settings: Field, suite: unknown): void {
  if (!settings.object("an object such as { sys_interval: 60 }")) return;
  const free = versionsOf(suite).every((v) => v.hasRetainExpiry) ? { ...FREE, ...RETAIN_EXPIRY } : FREE;
  if (typeof settings.value !== "object" || settings.value === null) return;
  for (const key of Object.keys(settings.value)) checkSetting(settings.at(key), key, free, suite);
}

function checkSetting(field: Field, key: string, free: Readonly<Record<string, Kind>>, suite: unknown): void {
  const kind = own(free, key);
  const typed = own(TYPED, key);
  const refused = own(REFUSED, key);
  if (kind !== undefined) checkValue(field, kind);
  else if (typed !== undefined) field.mistake("no setting that has an argument of its own", key, `use \`${typed}\``);
  else if (refused !== undefined) field.mistake("a setting that keeps the broker closed", key, refused);
  else {
    const versions = versionsOf(suite)
      .map((v) => v.version)
      .join(" and ");
    field.mistake(`a global setting that mosquitto ${versions} knows`, key, didYouMean(key, Object.keys(free)));
  }
}

function own<T extends string>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function checkValue(field: Field, kind: Kind): void {
  if (kind === "boolean") field.boolean();
  else if (kind === "integer") field.integer(0, 2 ** 31 - 1);
  else
    field.string(
      "text on one line, without blanks at its ends",
      (text) => /^[^\p{C}]{1,200}$/u.test(text) && text.trim() === text,
    );
}

/** `settings` as configuration lines, in the order of their names. */
export function settingLines(settings: Settings): string[] {
  return Object.entries(settings)
    .map(([key, value]) => `${key} ${String(value)}`)
    .sort();
}
