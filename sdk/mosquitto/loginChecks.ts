import type { Field } from "../core/field";
import { isSignedBy } from "../tls/pem";
import { wantedListeners } from "./listenerChecks";

/** A user whose only way in is a certificate needs one that the broker accepts. */
export function checkClientCertificates(broker: Field, users: readonly Field[]): void {
  const given = broker.at("clientAuthority").given() ?? broker.at("authority");
  for (const user of users) {
    const certificate = user.at("certificatePem");
    if (isSignedBy(certificate.value, given.at("certificatePem").value) !== false) continue;
    if (!isLive(user))
      certificate.advise("no authority that the broker trusts has signed it: it is refused without being on a list");
    else if (user.at("passwordHash").isAbsent)
      certificate.mistake(
        `a certificate signed by the broker's \`${given.path}\``,
        "one of another authority",
        "let one authority sign both, or set `clientAuthority`",
      );
  }
}

/** Each user needs a listener to log in on. */
export function checkLogins(broker: Field, users: readonly Field[]): void {
  const names = wantedListeners(broker);
  if (names.length === 0) return;
  for (const user of users.filter(isLive)) {
    const certificate = user.at("certificate");
    const byPassword = !user.at("passwordHash").isAbsent;
    if (certificate.value === true && !byPassword && !names.includes("mutualTls"))
      certificate.mistake(
        "a `mutualTls` listener to log in on",
        names.join(", "),
        "add `listeners: { mutualTls: {} }`",
      );
    if (
      byPassword &&
      (certificate.isAbsent || certificate.value === false) &&
      names.every((name) => name === "mutualTls")
    )
      user.mistake(
        "a listener that asks for passwords",
        "only mutualTls",
        "add `listeners: { tls: {} }`, or give the user a certificate",
      );
  }
}

/** Who is revoked need not find a way in. */
function isLive(user: Field): boolean {
  return user.at("revoked").value !== true;
}

/** Advises on what lets no user do anything. */
export function adviseOnUse(broker: Field, users: readonly Field[], rules: readonly Field[]): void {
  if (!broker.at("rules").isUnknown && rules.length === 0)
    broker.at("rules").advise("there are none, so nobody may publish or receive anything");
  const mayHaveCertificate = (user: Field) => user.at("certificate").value === true || user.at("certificate").isUnknown;
  if (wantedListeners(broker).includes("mutualTls") && !broker.at("users").isUnknown && !users.some(mayHaveCertificate))
    broker
      .at("listeners.mutualTls")
      .advise(
        "no user has a certificate; whoever holds another one of the authority's, such as a former user, still gets in there",
      );
}
