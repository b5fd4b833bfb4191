import { X509Certificate } from "node:crypto";

import { structuredPatch } from "diff";

import { printable } from "../ssh/error";

const HIDDEN = "[hidden]";

/** Words that tell a secret, in the name of a setting or in a comment; not of the file that holds one. */
const SECRET = "(?:pass(?:word|wd|phrase)?|pwd|psk|secret|token|credential|api_?key)(?!\\S*_(?:file|path))";

/** Of a line: the time that it takes to look for secrets grows with the square. */
const MOST_CHARACTERS = 1000;

/** What is read by people in place of a file's content: certificates as what they say, secrets by hand not at all. */
function readable(content: string): string {
  return content
    .replace(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g, certificateWords)
    .replace(
      /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
      `a private key ${HIDDEN}`,
    )
    .split("\n")
    .map((line) => withoutSecrets(line.slice(0, MOST_CHARACTERS)))
    .join("\n");
}

function withoutSecrets(line: string): string {
  return line
    .replace(new RegExp(`^(\\s*[#;])(?=.*${SECRET}).*`, "i"), `$1 ${HIDDEN}`)
    .replace(new RegExp(`^(\\s*\\S*?${SECRET}[^\\s=:]*)[\\s=:].*`, "i"), `$1 ${HIDDEN}`)
    .replace(/\$[0-9a-z]{1,2}\$\S+/g, HIDDEN)
    .replace(/(\/\/[^\s/:@]+:)[^\s/@]+@/g, `$1${HIDDEN}@`);
}

/** What is read by people of somebody's command: what follows a word for a secret, or mosquitto_pub's option, is left out. */
export function commandWords(command: string): string {
  const shown = withoutSecrets(command.slice(0, MOST_CHARACTERS))
    .replace(new RegExp(`(${SECRET}[^\\s=:]*)[\\s=:].*`, "i"), `$1 ${HIDDEN}`)
    .replace(/(\s-P) ?\S.*/, `$1 ${HIDDEN}`);
  return printable(shown);
}

function certificateWords(pem: string): string {
  try {
    const { subject, validFrom, validTo, fingerprint256 } = new X509Certificate(pem);
    return [
      `certificate ${subject.replaceAll("\n", ", ")}`,
      `valid ${validFrom} to ${validTo}`,
      `SHA-256 ${fingerprint256}`,
    ].join("\n");
  } catch {
    return "a certificate that cannot be read";
  }
}

/** Lines that may differ before they are no longer told one by one: the time that it takes grows with the square. */
const MOST_DIFFERENT = 3000;

/** A unified diff, two lines of context, without its head. */
export function unifiedDiff(before: string, after: string): string[] {
  const maxEditLength = before === "" || after === "" ? Infinity : MOST_DIFFERENT;
  const options = { context: 2, maxEditLength };
  const patch = structuredPatch("", "", readable(before), readable(after), "", "", options);
  if (patch === undefined) return ["too many lines differ to be shown"];
  return patch.hunks
    .flatMap(({ lines }, i) => (i === 0 ? lines : ["…", ...lines]))
    .filter((line) => !line.startsWith("\\"))
    .map((line) => line.replace(/[ \t]+$/, "").replace(/^([ +-])/, "$1 "));
}

/** The lines of the first things, as many as a person reads, and how many more there are. */
export function firstOf<T>(things: readonly T[], most: number, lines: (thing: T) => readonly string[]): string[] {
  const rest = things.length - most;
  return [...things.slice(0, most).flatMap(lines), ...(rest > 0 ? [`  and ${rest} more`] : [])];
}

/** `3 files`, `1 file`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
