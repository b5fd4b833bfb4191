import type { Field } from "../core/field";
import { checkWithinLife } from "../tls/lifetime";
import { checkAuthority, checkClientAuthority } from "../tls/model";
import { checkCertificatePem, checkCovered, checkKeyPair } from "../tls/pem";
import { checkServerCertificate } from "../tls/serverCertificate";
import { isDomainOf } from "../tls/domains";
import { wantedListeners } from "./listenerChecks";
import { LISTENERS } from "./listeners";

/** Checks where the certificates of a broker and of its clients come from. */
export function checkCertificates(broker: Field): void {
  const [authority, certificate] = [broker.at("authority").given(), broker.at("certificate").given()];
  if (authority !== undefined) {
    checkAuthority(authority);
    checkWithinLife(broker.at("validity"), authority);
  }
  const names = [...broker.at("hostnames").items(), ...broker.at("addresses").items()];
  if (certificate !== undefined) checkGiven(certificate, names);
  if (authority !== undefined && certificate !== undefined)
    broker.at("certificate").mistake("either `authority` or `certificate`", "both", "leave one away");
  const clients = broker.at("clientAuthority").given();
  if (clients !== undefined) checkClientAuthority(clients);
  const usesTls = wantedListeners(broker).find((name) => LISTENERS[name].security !== "none");
  if (usesTls !== undefined && authority === undefined && certificate === undefined)
    broker
      .at(usesTls === "tls" && broker.at("listeners").isAbsent ? "authority" : `listeners.${usesTls}`)
      .mistake("`authority` or `certificate` beside a TLS listener", "neither", "add `authority: new TlsAuthority(…)`");
  // A public authority signs certificates for anyone, with any name: it must not decide who logs in.
  if (wantedListeners(broker).includes("mutualTls") && certificate !== undefined && clients === undefined)
    broker
      .at("clientAuthority")
      .mistake(
        "the authority that signs client certificates, since `certificate` is given",
        "nothing",
        "add `clientAuthority: ca`, one that is yours alone",
      );
}

function checkGiven(certificate: Field, names: readonly Field[]): void {
  if (!certificate.object("an AcmeCertificate, or an object with `certificatePem`, `privateKeyPem` and `caPem`"))
    return;
  if (!certificate.at("folder").isAbsent) {
    for (const name of names) checkOrdered(name, certificate.at("domains"));
    return;
  }
  certificate.onlyKeys(["certificatePem", "privateKeyPem", "caPem"]);
  checkCertificatePem(certificate.at("certificatePem"));
  checkKeyPair(certificate.at("privateKeyPem"), certificate.at("certificatePem"));
  checkCertificatePem(certificate.at("caPem"));
  checkServerCertificate(certificate.at("certificatePem"), certificate.at("caPem"));
  for (const name of names) checkCovered(name, certificate.at("certificatePem"));
}

/** Checks that a certificate is ordered for a DNS name. Public authorities give none for addresses in a home. */
function checkOrdered(name: Field, domains: Field): void {
  const all = domains.items().map(({ value }) => value);
  const { value: wanted } = name;
  if (domains.isUnknown || typeof wanted !== "string" || !all.every((it) => typeof it === "string")) return;
  if (!all.some((domain) => isDomainOf(domain, wanted)))
    name.fail("a name that the certificate is ordered for", `its domains are ${all.join(", ")}`);
}
