import assert from "node:assert/strict";
import { createPrivateKey, sign, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Resource, State } from "../../engine/engine";
import type { Stack } from "./stack";

const DAY = 86_400_000;

/**
 * Makes a stack as old as it will be when its servers', clients' and clocks' certificates have this many days left: their dates
 * are other ones, in the state, and their authorities have signed them so. What is on hosts stays until the next `up`.
 */
export async function age(stack: Stack, daysLeft: number): Promise<void> {
  const { code, stdout } = await stack.project.pulumi(["stack", "export", "--show-secrets"]);
  assert.equal(code, 0);
  const state = JSON.parse(stdout) as State;
  const end = new Date(Math.floor((Date.now() + daysLeft * DAY) / 1000) * 1000);
  const certificates = (state.deployment.resources ?? []).filter(isAging);
  assert.notEqual(certificates.length, 0);
  for (const { inputs = {}, outputs = {} } of certificates) {
    const start = new Date(end.getTime() - Number(inputs["validityPeriodHours"]) * 3_600_000);
    const key = plain(inputs["caPrivateKeyPem"] ?? inputs["privateKeyPem"]);
    outputs["certPem"] = redated(String(outputs["certPem"]), key, start, end);
    outputs["validityStartTime"] = start.toISOString();
    outputs["validityEndTime"] = end.toISOString();
  }
  const file = join(stack.folder, "aged.json");
  writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
  const imported = await stack.project.pulumi(["stack", "import", "--file", file]);
  assert.equal(imported.code, 0, imported.stderr);
}

function isAging({ type, urn }: Resource): boolean {
  return type === "tls:index/locallySignedCert:LocallySignedCert" || urn.endsWith("-clock");
}

function plain(value: unknown): string {
  assert.ok(typeof value === "object" && value !== null && "plaintext" in value);
  return JSON.parse(String(value.plaintext)) as string;
}

/** The same certificate with other dates, signed anew. */
function redated(pem: string, signer: string, start: Date, end: Date): string {
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
