import type { ConceptSeen } from "../host/look/observation";
import { daysUntil, dayOf, endOf } from "../tls/validity";

/** The server's certificate, relative to the generation. */
export const CERTIFICATE = "certs/server.crt";

const HOUR = 3_600_000;

/**
 * What a preview says of the certificate that a Pi has.
 *
 * @param wanted - The certificate that it is to have, if any, as far as it is known.
 * @param renewBefore - Hours before its end that it is renewed; undefined for one that is given.
 */
export function renewalRemarks(wanted: string | undefined, renewBefore: number | undefined, now = Date.now()) {
  return ({ texts }: ConceptSeen): string[] => {
    const live = texts.get(CERTIFICATE);
    const end = live === undefined ? undefined : endOf(live);
    if (end === undefined || renewBefore === undefined || wanted === live) return [];
    if (end.getTime() - now > renewBefore * HOUR) return [];
    return [
      `a certificate that expire${end.getTime() < now ? "d" : "s"} ${dayOf(end)}, ${daysUntil(end, now)}: renewed`,
    ];
  };
}
