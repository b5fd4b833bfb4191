import { join } from "node:path";

import { GAP } from "../core/gap";
import { type DesiredState, unitLinks } from "../host/desired";
import { ownerOf } from "../host/owner";
import { ROOTS } from "../host/roots";
import { hookWords, readScripts } from "../host/scripts";
import { bareCertificate, barePrivateKey } from "../tls/pem";
import { EXPIRY } from "./expiry";
import type { BrokerModel } from "./model";
import { renderGeneration } from "./render";
import { isKept, type ServerCertificate } from "./servedCertificate";
import { LIVE } from "./unit";

/** What a broker's things on the Pi go by. */
export const CONCEPT = "mosquitto";

const SCRIPTS = { ...hookWords(), ...readScripts(join(__dirname, "shell")) };

/**
 * What a broker wants of its host.
 *
 * @param certificate - Only used when a listener has TLS.
 * @param seed - Secret; the canary's password and the identity follow from it.
 * @param component - Whose it is, for people: `project/stack/name`.
 */
export function desiredState(
  model: BrokerModel,
  certificate: ServerCertificate | undefined,
  seed: string,
  component: string,
): DesiredState {
  const usesTls = model.listeners.some((listener) => listener.tls !== undefined);
  return {
    concept: CONCEPT,
    ...ownerOf(seed, component),
    root: ROOTS[CONCEPT],
    packages: ["mosquitto", "mosquitto-clients", "openssl", "iproute2"],
    units: ["mosquitto.service", ...(usesTls ? [`${EXPIRY}.timer`] : [])],
    files: renderGeneration(model, usesTls && certificate !== undefined ? bare(certificate) : undefined, seed),
    links: [
      {
        path: "/etc/systemd/system/mosquitto.service.d/zz-pulumi-mosquitto-pi.conf",
        target: "/etc/mosquitto/current/systemd.conf",
      },
      ...(usesTls ? expiryLinks() : []),
    ],
    scripts: SCRIPTS,
  };
}

function expiryLinks(): DesiredState["links"] {
  const timer = `${EXPIRY}.timer`;
  return unitLinks(LIVE, [`${EXPIRY}.service`, timer], { start: timer, target: "timers.target" });
}

/** The same, and nothing of its files is to be shown. */
export function hidden(state: DesiredState): DesiredState {
  const files = state.files.map((file) => (file.shown === "nothing" ? file : { ...file, shown: "name" as const }));
  return { ...state, files };
}

function bare(server: ServerCertificate): ServerCertificate {
  const certificate = (pem: string) => (pem === GAP ? pem : bareCertificate(pem));
  if (isKept(server))
    return { ...server, clientCaPem: server.clientCaPem === undefined ? undefined : certificate(server.clientCaPem) };
  return {
    certificatePem: certificate(server.certificatePem),
    privateKeyPem: barePrivateKey(server.privateKeyPem),
    caPem: certificate(server.caPem),
    clientCaPem: certificate(server.clientCaPem),
  };
}
