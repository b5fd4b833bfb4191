import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { accessChecks } from "./access";
import { certificateChecks } from "./certificates";
import { type Check, type Finding, messageOf, type Scene } from "./check";
import { loginChecks } from "./logins";
import { selfSigned } from "./openssl";
import { plaintextChecks } from "./plaintext";
import type { Target } from "./target";

const DEADLINE = 20_000;

/** Tries the broker of examples/home from outside, one thing after the other, with clients that are not the SDK's. */
export async function* prove(target: Target): AsyncGenerator<Finding> {
  const folder = await mkdtemp(join(tmpdir(), "mosquitto-pi-proof-"));
  try {
    const caFile = join(folder, "ca.crt");
    await writeFile(caFile, target.caPem);
    const scene: Scene = { target, caFile, stranger: await selfSigned("sensor1") };
    for (const check of checks(scene)) yield { tried: check.tried, ...(await attempt(check, scene)) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function checks(scene: Scene): readonly Check[] {
  return [...certificateChecks(scene), ...loginChecks(scene), ...accessChecks(scene), ...plaintextChecks];
}

/** A check that throws or does not end has failed. */
async function attempt(check: Check, scene: Scene): Promise<Omit<Finding, "tried">> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no end within ${String(DEADLINE / 1000)} s`));
    }, DEADLINE);
  });
  try {
    return await Promise.race([check.run(scene), late]);
  } catch (error) {
    return { came: messageOf(error), ok: false };
  } finally {
    clearTimeout(timer);
  }
}
