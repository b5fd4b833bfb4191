import { GAP } from "../core/gap";
import { text } from "../core/text";
import { type DesiredFile, openFile } from "../host/desired";
import { renderAcl } from "./acl";
import { passwordsDigest } from "./activation";
import { canary, CANARY } from "./canary";
import { EXPIRY, EXPIRY_TOPIC, serviceLines, timerLines } from "./expiry";
import { limitLines } from "./limits";
import { LISTENERS, type ListenerModel } from "./listeners";
import { loggingLines } from "./logging";
import type { BrokerModel } from "./model";
import { persistenceLines } from "./persistence";
import type { Revocation } from "./revocation";
import { rotationLines } from "./rotation";
import { isKept, type ServerCertificate } from "./servedCertificate";
import { settingLines } from "./settings";
import { clientLines } from "./renewal";
import { LIVE, unitLines } from "./unit";
import type { UserSpec } from "./users";
import { versionLines } from "./versions";

/**
 * All files of a generation. The same arguments always give the same bytes.
 *
 * @param certificate - Left out when no listener has TLS.
 * @param seed - Secret that the canary's password follows from.
 */
export function renderGeneration(
  model: BrokerModel,
  certificate: ServerCertificate | undefined,
  seed: string,
): DesiredFile[] {
  const users = model.users.filter((user) => user.revoked !== true);
  const revoked = model.users.filter((user) => user.revoked === true);
  const fixed: DesiredFile[] = [
    open("mosquitto.conf", mainLines(model)),
    open("conf.d/auth.conf", authLines(model)),
    ...(model.revocation === undefined ? [] : revocationFiles(model.revocation)),
    ...optional("conf.d/limits.conf", limitLines(model.limits)),
    ...optional("conf.d/settings.conf", settingLines(model.settings)),
    ...model.listeners.map((l) =>
      open(`conf.d/${LISTENERS[l.name].slug}.conf`, listenerLines(l, certificate, model.revocation)),
    ),
    { ...open("plan", [...planLines(model, certificate), ...rotationLines(certificate, model)]), shown: "nothing" },
    open("systemd.conf", unitLines(model.listeners)),
    {
      ...brokersOwn(
        "acl",
        renderAcl(names(users), model.rules, { revoked: names(revoked), canaryTopic: certificate && EXPIRY_TOPIC }),
      ),
      shown: "content",
    },
    ...(certificate === undefined ? [] : [...certificateFiles(certificate), ...expiryFiles()]),
  ];
  const passwords = users.flatMap((u) => (u.passwordHash == null ? [] : [`${u.username}:${u.passwordHash}`]));
  const bird = canary(seed, [...fixed, { path: "passwd", content: text(passwords) }]);
  return [
    ...fixed,
    passwordFile([...passwords, `${CANARY}:${bird.passwordHash}`]),
    { ...open("canary", [CANARY, bird.password]), mode: "0600", shown: "nothing" },
  ];
}

function names(users: readonly UserSpec[]): string[] {
  return users.map(({ username }) => username);
}

function mainLines({ persistence, logging }: BrokerModel): string[] {
  return [
    "# Made by pulumi-mosquitto-pi. Change the Pulumi program, not this file.",
    ...persistenceLines(persistence),
    ...loggingLines(logging),
    `include_dir ${LIVE}/conf.d`,
  ];
}

function authLines({ allowAnonymous }: BrokerModel): string[] {
  return [`allow_anonymous ${String(allowAnonymous)}`, `password_file ${LIVE}/passwd`, `acl_file ${LIVE}/acl`];
}

function listenerLines(
  { name, port, bind, maxConnections, maxQos, tls }: ListenerModel,
  certificate: ServerCertificate | undefined,
  revocation: Revocation | undefined,
): string[] {
  const { protocol, security } = LISTENERS[name];
  const folder = certificate !== undefined && isKept(certificate) ? certificate.folder : `${LIVE}/certs`;
  return [
    `listener ${port}${bind === undefined ? "" : ` ${bind}`}`,
    `protocol ${protocol}`,
    ...(maxConnections === undefined ? [] : [`max_connections ${maxConnections}`]),
    ...(maxQos === undefined ? [] : [`max_qos ${maxQos}`]),
    ...(tls === undefined
      ? []
      : [
          `certfile ${folder}/server.crt`,
          `keyfile ${folder}/server.key`,
          `tls_version tlsv${tls.version}`,
          `ciphers ${tls.ciphers}`,
        ]),
    ...(security === "mutual-tls"
      ? [
          `cafile ${LIVE}/certs/${clientCaFile(certificate)}`,
          ...(revocation?.list === undefined ? [] : [`crlfile ${LIVE}/certs/clients.crl`]),
          "require_certificate true",
          "use_identity_as_username true",
        ]
      : []),
  ];
}

function planLines(
  { listeners, allowAnonymous, users }: BrokerModel,
  certificate: ServerCertificate | undefined,
): string[] {
  return [
    ...listeners.map(({ name, port, bind }) => {
      const { protocol, security } = LISTENERS[name];
      return `listener ${name} ${port} ${bind ?? "*"} ${protocol} ${security}`;
    }),
    `expiry ${EXPIRY_TOPIC}`,
    `anonymous ${allowAnonymous ? "yes" : "no"}`,
    ...(certificate !== undefined && isKept(certificate) ? [`certificate ${certificate.folder}`] : []),
    ...clientLines(users),
    ...versionLines(),
  ];
}

function clientCaFile(certificate: ServerCertificate | undefined): string {
  return certificate === undefined || (!isKept(certificate) && certificate.clientCaPem === certificate.caPem)
    ? "ca.crt"
    : "client-ca.crt";
}

function certificateFiles(certificate: ServerCertificate): DesiredFile[] {
  const { clientCaPem } = certificate;
  const file = `certs/${clientCaFile(certificate)}`;
  const clients = clientCaPem === undefined || file === "certs/ca.crt" ? [] : [open(file, [clientCaPem.trim()])];
  if (isKept(certificate)) return clients;
  const { certificatePem, privateKeyPem, caPem } = certificate;
  return [
    open("certs/ca.crt", [caPem.trim()]),
    ...clients,
    open("certs/server.crt", [certificatePem.trim()]),
    { ...open("certs/server.key", [privateKeyPem.trim()]), mode: "0640", group: "mosquitto", shown: "name" },
  ];
}

function expiryFiles(): DesiredFile[] {
  const files = [open(`${EXPIRY}.service`, serviceLines()), open(`${EXPIRY}.timer`, timerLines())];
  return files.map((file) => ({ ...file, shown: "nothing" }));
}

function revocationFiles({ list, lines }: Revocation): DesiredFile[] {
  const lists = list === undefined ? [] : [{ ...open("certs/clients.crl", [list.trim()]), shown: "nothing" } as const];
  return [...lists, open("certs/revoked", lines)];
}

function open(path: string, lines: readonly string[]): DesiredFile {
  return openFile(path, text(lines));
}

/** Its summary is what `observe` in process.sh tells of the live one. */
function passwordFile(lines: readonly string[]): DesiredFile {
  const content = text(lines);
  const names = lines.map((line) => line.slice(0, line.indexOf(":"))).filter((name) => name !== CANARY);
  const digest = content.includes(GAP) ? GAP : passwordsDigest(content);
  const summary = text([...names.map((name) => `user ${name}`), `digest of the password hashes: ${digest}`]);
  return { ...brokersOwn("passwd", content), shown: "summary", summary };
}

/** A file that mosquitto, no longer root, reads and nobody else may. */
function brokersOwn(path: string, content: string): DesiredFile {
  return { path, content, mode: "0600", owner: "mosquitto", group: "mosquitto", shown: "name" };
}

function optional(path: string, lines: readonly string[]): DesiredFile[] {
  return lines.length === 0 ? [] : [open(path, lines)];
}
