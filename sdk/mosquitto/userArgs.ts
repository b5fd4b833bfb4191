import { type Field, isObject } from "../core/field";
import { checkRenewal, checkWithinLife } from "../tls/lifetime";
import { checkAuthority } from "../tls/model";
import { passwordWeakness } from "./password";
import { checkUsername } from "./users";

/** Rounds of PBKDF2 by default. */
export const ITERATIONS = {
  /** A generated password has 190 bits; guessing it is hopeless with any number of rounds. */
  generated: 101,
  /** A chosen one is guessed sooner or later; each guess shall cost. */
  given: 10_000,
} as const;

/** Where a user's password comes from. */
export type PasswordSource = "none" | "generated" | "given";

/** Checks the arguments of an MqttUser; a given password must be text once it is known, also when nothing comes of it. */
export function checkMqttUser(args: Field, source: PasswordSource): void {
  // Anything else may be the password itself.
  if (!isObject(args.value)) {
    args.failSecret("an object such as { username }, or nothing");
    return;
  }
  args.onlyKeys(["username", "password", "certificate", "iterations", "revoked"]);
  checkUsername(args.at("username"));
  const password = args.at("password");
  if (source === "given" && !password.isUnknown) checkPassword(password, args.at("username").value);
  args.at("iterations").given()?.integer(101, 1_000_000);
  const certificate = args.at("certificate").given();
  if (certificate !== undefined) checkCertificate(certificate);
  // What a resource is made with has to be known at once.
  const revoked = args.at("revoked").given();
  if (revoked?.isUnknown === true) revoked.fail("true or false, plainly");
  else if (revoked?.boolean() === true && certificate === undefined)
    revoked.mistake(
      "a user with a certificate",
      "one without",
      "take the user out of the broker's `users`: that is the end of a password",
    );
  if (source === "none" && !args.at("iterations").isAbsent)
    args.at("iterations").fail("no iterations for a user without password", "add `password: true`, or leave it away");
}

function checkPassword(password: Field, username: unknown): void {
  const { value } = password;
  const expected =
    typeof value === "string"
      ? passwordWeakness(value, typeof username === "string" ? username : undefined)
      : "a password as text (or plainly `true` for a generated one)";
  if (expected !== undefined) password.failSecret(expected, "leave it away to get a generated one");
}

function checkCertificate(certificate: Field): void {
  if (!certificate.object("an object such as { authority: ca }")) return;
  certificate.onlyKeys(["authority", "validity", "renewBefore", "rotateKey"]);
  checkAuthority(certificate.at("authority"));
  checkRenewal(certificate, "10y");
  checkWithinLife(certificate.at("validity"), certificate.at("authority"));
}
