import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Resource, State } from "../../engine/engine";
import { redated } from "../../support/redated";
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
