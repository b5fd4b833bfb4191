import type { Field } from "../core/field";
import { wantedListeners } from "./listenerChecks";

/** Each user needs a listener to log in on. */
export function checkLogins(broker: Field, users: readonly Field[]): void {
  const names = wantedListeners(broker);
  if (names.length === 0) return;
  for (const user of users) {
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

/** Advises on what lets nobody do anything. */
export function adviseOnUse(broker: Field, users: readonly Field[], rules: readonly Field[]): void {
  if (!broker.at("rules").isUnknown && rules.length === 0)
    broker.at("rules").advise("there are none, so nobody may publish or receive anything");
  const mayHaveCertificate = (user: Field) => user.at("certificate").value === true || user.at("certificate").isUnknown;
  if (wantedListeners(broker).includes("mutualTls") && !broker.at("users").isUnknown && !users.some(mayHaveCertificate))
    broker.at("listeners.mutualTls").advise("no user has a certificate, so nobody can do anything there");
}
