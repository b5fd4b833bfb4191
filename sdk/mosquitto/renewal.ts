import { GAP } from "../core/gap";
import type { ConceptSeen } from "../host/look/observation";
import { daysUntil, dayOf, endOf, secondOf } from "../tls/validity";
import type { UserSpec } from "./users";

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
    return [`a certificate that ${expires(end, now)}: renewed`];
  };
}

/** Users that a person reads of; when all certificates were issued together, they are renewed together. */
const MOST_USERS = 20;

/** Of users with a certificate, when it ends, as lines of the plan: a preview of its renewal does not know that any more. */
export function clientLines(users: readonly UserSpec[]): string[] {
  return users.flatMap(({ username, certificatePem, revoked }) => {
    if (certificatePem == null || revoked === true) return [];
    const end = endOf(certificatePem);
    return [`client ${username} ${end === undefined ? GAP : secondOf(end)}`];
  });
}

/** What a preview says of certificates of users that are issued anew, by what the Pi remembers of them. */
export function clientRemarks(users: readonly UserSpec[], now = Date.now()) {
  return ({ facts }: ConceptSeen): string[] => {
    const renewed = users.flatMap(({ username, certificatePem }) => {
      const end = facts[`client-${username}`];
      return certificatePem === GAP && end !== undefined ? [{ username, end: new Date(end) }] : [];
    });
    const rest = renewed.length - MOST_USERS;
    return [
      ...renewed
        .slice(0, MOST_USERS)
        .map(
          ({ username, end }) =>
            `a user ${username} whose certificate ${expires(end, now)}: renewed; the device needs the new one`,
        ),
      ...(rest > 0 ? [`${rest} more such users`] : []),
    ];
  };
}

/** `expires 2026-12-13, in 20 days`. */
function expires(end: Date, now: number): string {
  return `expire${end.getTime() < now ? "d" : "s"} ${dayOf(end)}, ${daysUntil(end, now)}`;
}
