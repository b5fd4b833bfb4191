import { checkDuration, type Duration, parseDuration, seconds } from "../core/duration";
import type { Field } from "../core/field";
import { parsed } from "./pem";

/** How long a certificate lives, and when `pulumi up` makes the next one. */
export interface Lifetime {
  /** How long it is valid, from "3h". */
  readonly validity?: Duration | undefined;
  /**
   * How long before its end the next `pulumi up` renews it. Shorter than `validity`.
   *
   * @defaultValue a third of `validity`
   */
  readonly renewBefore?: Duration | undefined;
}

/** How a certificate is renewed. */
export interface Renewal extends Lifetime {
  /**
   * Whether each renewal comes with a new private key: what was copied of the old one is then of no use, and what pins the key
   * has to be told. To say so, or no longer, makes a new one at once.
   *
   * @defaultValue false: the key stays
   */
  readonly rotateKey?: boolean | undefined;
}

/** How long a certificate is valid when nothing is said. */
export const LEAF_VALIDITY = "2y";

/** Checks how a certificate that is issued for a server or a client is renewed. */
export function checkRenewal(args: Field, max: Duration): void {
  checkLifetime(args, LEAF_VALIDITY, max);
  args.at("rotateKey").given()?.boolean();
}

/** Checks `validity` and `renewBefore`: a certificate whose renewal starts before its life does would be renewed in every run. */
export function checkLifetime(args: Field, defaultValidity: Duration, max: Duration): void {
  const validity = args.at("validity").given();
  const life = validity === undefined ? seconds(defaultValidity) : checkDuration(validity, "3h", max);
  const early = args.at("renewBefore").given();
  if (early === undefined) return;
  const renewBefore = checkDuration(early, "1h", max);
  // The tls provider counts in whole hours.
  if (life !== undefined && renewBefore !== undefined && Math.floor(renewBefore / 3600) >= Math.floor(life / 3600))
    early.fail("a duration shorter than `validity`, in whole hours", "a third of it is the default");
}

/** Checks that what an authority issues does not outlive it. */
export function checkWithinLife(validity: Field, authority: Field): void {
  const x509 = parsed(authority.at("certificatePem").value);
  const given = validity.isAbsent ? LEAF_VALIDITY : validity.value;
  const asked = typeof given === "string" ? parseDuration(given) : undefined;
  if (x509 === undefined || asked === undefined) return;
  const life = Math.floor((Date.parse(x509.validTo) - Date.parse(x509.validFrom)) / 1000);
  if (asked > life)
    validity.mistake(
      `a duration within the ${Math.floor(life / 3600)} hours that \`${authority.path}\` lives`,
      validity.isAbsent ? `nothing, which is "${LEAF_VALIDITY}"` : JSON.stringify(given),
      "say a shorter one, or renew the authority with a longer life",
    );
}

/** A lifetime in the words of the tls provider. */
export interface LifetimeHours {
  readonly validityPeriodHours: number;
  readonly earlyRenewalHours: number;
}

/** A lifetime in the units of the tls provider, defaults applied. */
export function lifetimeHours({ validity, renewBefore }: Lifetime, defaultValidity: Duration): LifetimeHours {
  const validityPeriodHours = Math.floor(seconds(validity ?? defaultValidity) / 3600);
  const early = renewBefore == null ? validityPeriodHours / 3 : seconds(renewBefore) / 3600;
  return { validityPeriodHours, earlyRenewalHours: Math.floor(early) };
}
