import assert from "node:assert/strict";
import { createPrivateKey, sign, X509Certificate } from "node:crypto";

const DAY = 86_400_000;

/** The same certificate with dates so many days from now, signed anew by the key of its authority, PEM. */
export function datedFromNow(pem: string, signer: string, from: number, to: number): string {
  return redated(pem, signer, new Date(Date.now() + from * DAY), new Date(Date.now() + to * DAY));
}

/** Likewise, with dates. */
export function redated(pem: string, signer: string, start: Date, end: Date): string {
  const [body, algorithm] = parts(contentOf(new X509Certificate(pem).raw));
  assert.ok(body !== undefined && algorithm !== undefined);
  const dates = body.indexOf(Buffer.from([0x30, 0x1e, 0x17, 0x0d]));
  assert.notEqual(dates, -1);
  body.write(utcTime(start), dates + 4, "latin1");
  body.write(utcTime(end), dates + 19, "latin1");
  const key = createPrivateKey(signer);
  const signature = sign(key.asymmetricKeyType === "ed25519" ? null : "sha256", body, key);
  const certificate = der(0x30, Buffer.concat([body, algorithm, der(0x03, Buffer.from([0, ...signature]))]));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** As X.509 writes the years before 2050. */
function utcTime(date: Date): string {
  return date.toISOString().replace(/^20(..)-(..)-(..)T(..):(..):(..).*$/, "$1$2$3$4$5$6Z");
}

function contentOf(element: Buffer): Buffer {
  return element.subarray(headerOf(element).header);
}

/** The elements of a sequence, each with its header. */
function parts(content: Buffer): Buffer[] {
  if (content.length === 0) return [];
  const { header, length } = headerOf(content);
  return [Buffer.from(content.subarray(0, header + length)), ...parts(content.subarray(header + length))];
}

function headerOf(element: Buffer): { readonly header: number; readonly length: number } {
  const first = element.readUInt8(1);
  const bytes = first < 0x80 ? 0 : first & 0x7f;
  return { header: 2 + bytes, length: bytes === 0 ? first : element.readUIntBE(2, bytes) };
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
