import * as pulumi from "@pulumi/pulumi";

import { checkDuration } from "../core/duration";
import { Field } from "../core/field";
import { refusal, type Subject } from "../core/Refusal";
import { failure } from "../core/Tell";
import { listsIn } from "./givenLists";
import { certificatesIn } from "./pem";
import { daysUntil, endOf, secondOf } from "./validity";

const LIMIT = "mosquitto-pi:failIfExpiringWithin";

/** How much time has to be left, from the stack's configuration. @throws pulumi.ResourceError when it is no duration. */
function limitOf(subject: Subject): { readonly text: string; readonly milliseconds: number } | undefined {
  const field = new Field(new pulumi.Config("mosquitto-pi").get("failIfExpiringWithin"), LIMIT);
  if (field.isAbsent) return undefined;
  const limit = checkDuration(field, "1h", "10y");
  if (limit === undefined) throw refusal(subject, field.found);
  return { text: String(field.value), milliseconds: limit * 1000 };
}

/**
 * When a certificate or a revocation list ends, or the one of several that ends first: `2026-12-13T10:00:00Z`.
 *
 * @param mayEnd - Whether nobody minds, since it is revoked.
 * @throws pulumi.ResourceError when that is within `mosquitto-pi:failIfExpiringWithin`; late, once the certificate is known.
 */
export function expiry(
  subject: Subject,
  what: string,
  pem: pulumi.Output<unknown>,
  mayEnd = false,
): pulumi.Output<string> {
  const limit = mayEnd ? undefined : limitOf(subject);
  return pem.apply((known) => {
    const text = typeof known === "string" ? known : "";
    const ends = [
      ...certificatesIn(text).flatMap((one) => endOf(one) ?? []),
      ...listsIn(text, "").flatMap(({ end }) => end ?? []),
    ];
    if (ends.length === 0) return "unknown";
    const end = new Date(Math.min(...ends.map((date) => date.getTime())));
    const expires = secondOf(end);
    if (limit !== undefined && end.getTime() - Date.now() < limit.milliseconds)
      throw failure(
        subject.resource,
        `${subject.kind} "${subject.name}": ${what} expires ${expires}, ${daysUntil(end)}, which is within ${LIMIT} (${limit.text})`,
      );
    return expires;
  });
}
