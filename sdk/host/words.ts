import { X509Certificate } from "node:crypto";

import { structuredPatch } from "diff";

/** What is read by people in place of a file's content: certificates as what they say, secrets by hand not at all. */
function readable(content: string): string {
  return content
    .replace(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g, certificateWords)
    .replace(/^(\s*\S*(?:password|passwd|psk|secret|token)(?!_file)\S*)\s.*$/gim, "$1 [hidden]");
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

/** A unified diff, two lines of context, without its head. */
export function unifiedDiff(before: string, after: string): string[] {
  const { hunks } = structuredPatch("", "", readable(before), readable(after), "", "", { context: 2 });
  return hunks
    .flatMap(({ lines }, i) => (i === 0 ? lines : ["…", ...lines]))
    .filter((line) => !line.startsWith("\\"))
    .map((line) => line.trimEnd().replace(/^([ +-])/, "$1 "));
}

/** `3 files`, `1 file`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
