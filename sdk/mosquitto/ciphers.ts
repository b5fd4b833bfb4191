import { createSecureContext } from "node:tls";

import type { Field } from "../core/field";

/** What takes all ciphers of a kind out of a list for good, so that what is left tells what else is in it. */
const WITHOUT = {
  strongEncryption: "!AES:!CHACHA20:!CAMELLIA:!ARIA",
  authentication: "!aRSA:!aECDSA:!aDSS:!aPSK:!SRP",
  keysOfOldRecordings: "!kRSA:!PSK:!SRP",
} as const;

// Node's OpenSSL may know fewer of these than the Pi's, and skips in silence what it does not know.
const WEAK = /^(?![!-]).*(NULL|ADH|AECDH|EXP|LOW|RC[24]|DES|MD5|SEED|IDEA)/;

/** Checks a list of TLS 1.2 ciphers with the OpenSSL of Node.js; the Pi's own has its say in the trial broker. */
export function checkCiphers(ciphers: Field): void {
  const list = ciphers.string("a list of ciphers in OpenSSL's words", (text) =>
    /^[A-Za-z0-9+:!@=_.-]{1,500}$/.test(text),
  );
  if (list === undefined) return;
  if (/(^|:)TLS_/.test(list))
    ciphers.fail(
      "TLS 1.2 ciphers only (mosquitto exits on others)",
      "leave the TLS 1.3 names away: those are always on",
    );
  else if (!hasCiphers(list)) ciphers.fail("a list with a cipher that OpenSSL knows", "leave `ciphers` away");
  else if (/@SECLEVEL=[01]/.test(list)) ciphers.fail("OpenSSL's security level 2", "leave @SECLEVEL away");
  else if (hasCiphers(`${list}:${WITHOUT.authentication}`))
    ciphers.fail("no ciphers without authentication", "add :!aNULL, or leave `ciphers` away");
  else if (list.split(":").some((word) => WEAK.test(word)) || hasCiphers(`${list}:${WITHOUT.strongEncryption}`))
    ciphers.fail("no ciphers without strong encryption", "add :!eNULL:!3DES:!SEED, or leave `ciphers` away");
  else if (!hasCiphers(`${list}:${WITHOUT.keysOfOldRecordings}`))
    ciphers.fail(
      "a cipher with forward secrecy (with kRSA alone, who gets the key can read what was recorded before)",
      "add ECDHE+AESGCM, or leave `ciphers` away",
    );
}

/** Whether OpenSSL finds a cipher in a list; ciphers of TLS 1.3, which are always on, don't count. */
function hasCiphers(list: string): boolean {
  try {
    createSecureContext({ ciphers: list });
    return true;
  } catch {
    return false;
  }
}
