import { join } from "node:path";

import { type DesiredState, openFile, unitLinks } from "../host/desired";
import type { Foresee } from "../host/look/plan";
import type { ConceptSeen } from "../host/look/observation";
import { type Identity, ownerOf } from "../host/owner";
import { ROOTS } from "../host/roots";
import { hookWords, readScripts } from "../host/scripts";
import { bareCertificate } from "../tls/pem";
import { GAP } from "../core/gap";
import { type AcmeSettings, LETS_ENCRYPT } from "./model";
import {
  credentialsOf,
  ORDER,
  RENEW,
  renderOrder,
  renderRenew,
  renderRequest,
  renderTimer,
  requestDigest,
  TIMER,
} from "./render";

/** What a certificate's things on the Pi go by. */
export const CONCEPT = "acme";

/** Where the broker finds what is live: `server.crt`, `server.key` and `ca.crt`. */
export const FOLDER = "/var/lib/pulumi-mosquitto-pi/acme/live";

const SCRIPTS = { ...hookWords(), ...readScripts(join(__dirname, "shell")) };

/** What a certificate wants of its host. */
export function desiredState(settings: AcmeSettings, { seed, component }: Identity): DesiredState {
  const root = ROOTS[CONCEPT];
  const live = `${root}/current`;
  const { caPem } = settings;
  return {
    concept: CONCEPT,
    ...ownerOf(seed, component),
    root,
    packages: ["lego", "ca-certificates", "openssl"],
    units: [TIMER],
    files: [
      openFile("request", renderRequest(settings)),
      openFile("digest", requestDigest(settings, seed), "nothing"),
      ...(caPem == null ? [] : [openFile("roots.pem", caPem === GAP ? GAP : bareCertificate(caPem))]),
      ...credentialsOf(settings).map(([name, value]) => ({
        ...openFile(`credentials/${name}`, `${value}\n`, "name"),
        mode: "0600",
      })),
      openFile(ORDER, renderOrder(settings, live)),
      openFile(RENEW, renderRenew(live)),
      openFile(TIMER, renderTimer()),
    ],
    links: unitLinks(live, [ORDER, RENEW, TIMER], { start: TIMER, target: "timers.target" }),
    scripts: SCRIPTS,
  };
}

/** What a preview says of it beside files and packages. */
export function forecast(settings: AcmeSettings): Foresee {
  const { host } = new URL(settings.server ?? LETS_ENCRYPT);
  const way = settings.dns01 == null ? "HTTP-01" : `DNS-01 (${settings.dns01.provider})`;
  const order = `a certificate for ${settings.domains.join(", ")} is ordered from ${host} by ${way}`;
  return ({ changes }, _, { id, drift }) => {
    if (id === undefined || drift.some(({ thing }) => thing === "certificate")) return order;
    const isAsked = changes.some((path) => /^(request|roots\.pem|credentials\/.*)$/.test(path));
    return isAsked ? `${order}, unless the Pi has one that was ordered so` : "the certificate stays";
  };
}

/** What is told of the Pi in each preview. */
export function remarks({ facts }: ConceptSeen): string[] {
  return facts["renewal"] === "failed"
    ? [`a certificate whose renewal has failed: journalctl -u ${RENEW}; it is tried again twice a day`]
    : [];
}
