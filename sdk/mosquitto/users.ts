import { didYouMean } from "../core/didYouMean";
import type { Field } from "../core/field";
import { checkCertificatePem, parsed } from "../tls/pem";
import { CANARY } from "./canary";

/** A user of a broker, as plain data. An MqttUser makes one; write it yourself for a password file that you already have. */
export interface UserSpec {
  /** Name to log in with: 1 to 64 of `A-Z a-z 0-9 . _ -`. */
  readonly username: string;
  /** Hash of the password, as `mosquitto_passwd` of mosquitto 2.0 writes it: `$7$…`. Left out: no password login. */
  readonly passwordHash?: string | undefined;
  /**
   * Whether the user logs in with a client certificate whose CN is the user name, on the `mutualTls` listener.
   *
   * @defaultValue false
   */
  readonly certificate?: boolean | undefined;
  /** That certificate, PEM, if it is to be checked that the broker accepts it. */
  readonly certificatePem?: string | undefined;
  /**
   * Whether the user's device is lost: its certificate and its password no longer log in, and other certificates of the same
   * name may do nothing. It needs `certificatePem`, and an authority whose key the broker is given.
   *
   * @defaultValue false
   */
  readonly revoked?: boolean | undefined;
}

// FACTS: `:` ends a name in the password file, `#` makes a comment, a line feed injects rules, `/` leaves a %u tree.
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
// Mosquitto 2.0 drops users whose salt has not 12 bytes, as the tool of 2.1 makes them.
const HASH = /^\$7\$[1-9][0-9]{0,6}\$[A-Za-z0-9+/]{16}\$[A-Za-z0-9+/]{86}==$/;

/** Reads a user name, which is also the CN of the user's certificate. */
export function checkUsername(field: Field): void {
  const name = field.string(
    "a user name of 1 to 64 letters, digits, dots, hyphens and underscores",
    (text) => NAME.test(text),
    (text) => {
      const mended = text
        .trim()
        .replace(/[^A-Za-z0-9._-]+/g, "-")
        .slice(0, 64);
      return NAME.test(mended) ? `did you mean "${mended}"?` : undefined;
    },
  );
  if (name === CANARY) field.fail("another user name: this one is the tool's own", "choose another");
}

/** Checks the users of a broker: each by itself, and that no two have the same name. */
export function checkUsers(users: readonly Field[]): void {
  users.forEach((user, i) => {
    if (!user.object("an MqttUser, or an object with `username` and `passwordHash`")) return;
    user.onlyKeys(["username", "passwordHash", "certificate", "certificatePem", "revoked"]);
    const name = user.at("username");
    checkUsername(name);
    checkUnique(name, users.slice(0, i));
    const hash = user.at("passwordHash").given();
    if (hash !== undefined && !hash.isUnknown && !(typeof hash.value === "string" && HASH.test(hash.value)))
      hash.failSecret(
        "a `$7$` hash with a salt of 12 bytes",
        "make it with mosquitto_passwd of mosquitto 2.0, or use an MqttUser",
      );
    const certificate = user.at("certificate").given()?.boolean() ?? false;
    const pem = user.at("certificatePem").given();
    if (pem !== undefined) checkOwnCertificate(pem, name);
    user.at("revoked").given()?.boolean();
    if (hash === undefined && !certificate && !user.at("certificate").isUnknown)
      user.mistake(
        "`passwordHash` or `certificate: true`",
        "neither",
        "without them the user can't log in; or use an MqttUser",
      );
  });
}

/** Mosquitto takes the CN for the user name. */
function checkOwnCertificate(certificate: Field, username: Field): void {
  checkCertificatePem(certificate);
  const name: unknown = parsed(certificate.value)?.toLegacyObject().subject.CN;
  if (name === undefined || typeof username.value !== "string" || name === username.value) return;
  certificate.mistake(
    `a certificate whose CN is the user name, ${JSON.stringify(username.value)}`,
    JSON.stringify(name),
    "the CN is who logs in: name the user like that, or give the certificate of this one",
  );
}

function checkUnique(name: Field, earlier: readonly Field[]): void {
  if (typeof name.value !== "string") return;
  const same = earlier.find((user) => user.at("username").value === name.value);
  if (same !== undefined)
    name.fail(
      "a user name of its own (certificates log in by it too)",
      `it is already taken by ${same.path}; remove one or rename it`,
    );
}

/** The names of users that are known; undefined when some are not. */
export function knownUsernames(users: readonly Field[]): string[] | undefined {
  const names = users.map((user) => user.at("username").value);
  return names.every((name) => typeof name === "string") ? names : undefined;
}

/** Checks that a rule's user is one of the broker's. */
export function checkKnownUser(user: Field, names: readonly string[] | undefined): void {
  if (names === undefined || typeof user.value !== "string" || names.includes(user.value)) return;
  user.fail("a user of this broker", didYouMean(user.value, names) ?? "add it to `users`");
}
