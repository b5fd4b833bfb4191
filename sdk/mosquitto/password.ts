import { pbkdf2Sync } from "node:crypto";

/** What the length of a salt must be for mosquitto 2.0. */
export const SALT_BYTES = 12;

/** The hash of a password as mosquitto's password file holds it: `$7$`, PBKDF2 with SHA-512. */
export function passwordHash(password: string, salt: Buffer, iterations: number): string {
  if (salt.length !== SALT_BYTES) throw new RangeError(`expected a salt of ${SALT_BYTES} bytes, got ${salt.length}`);
  const key = pbkdf2Sync(password, salt, iterations, 64, "sha512");
  return `$7$${iterations}$${salt.toString("base64")}$${key.toString("base64")}`;
}

const MIN_LENGTH = 12;
const MAX_LENGTH = 256;
const COMMON = [
  "password",
  "passwort",
  "passw",
  "raspberry",
  "mosquitto",
  "mqtt",
  "qwert",
  "letmein",
  "welcome",
  "changeme",
  "admin",
  "secret",
  "iloveyou",
  "sensor",
];

/** Why a chosen password is too easy to guess, or undefined. Never holds the password. */
export function passwordWeakness(password: string, username: string | undefined): string | undefined {
  const length = Array.from(password).length;
  const lower = password.toLowerCase();
  if (length < MIN_LENGTH) return `a password of at least ${MIN_LENGTH} characters`;
  if (length > MAX_LENGTH) return `a password of at most ${MAX_LENGTH} characters`;
  if (/\p{C}/u.test(password)) return "a password without control characters";
  if (new Set(lower).size < 5) return "a password of at least 5 different characters";
  if (username !== undefined && username.length > 2 && lower.includes(username.toLowerCase()))
    return "a password without the user name in it";
  if (isSequence(lower)) return "a password that is not a row of neighbours such as 123456789";
  if (isCommon(lower)) return "a password that is not made of a common word and some digits";
  return undefined;
}

function isSequence(text: string): boolean {
  const codes = Array.from(text, (c) => c.charCodeAt(0));
  const steps = codes.slice(1).map((code, i) => code - (codes[i] ?? 0));
  const even = steps.filter((step) => step === 1 || step === -1 || step === 0).length;
  return even >= steps.length * 0.8;
}

/** Without digits, marks and common words hardly anything is left. */
function isCommon(text: string): boolean {
  const plain = text
    .replaceAll("0", "o")
    .replaceAll("1", "i")
    .replaceAll("3", "e")
    .replaceAll("4", "a")
    .replaceAll("$", "s")
    .replaceAll("@", "a");
  return [text, plain].some((form) => {
    const rest = COMMON.reduce((left, word) => left.replaceAll(word, ""), form);
    return rest !== form && rest.replace(/[^\p{L}]/gu, "").length < 4;
  });
}
