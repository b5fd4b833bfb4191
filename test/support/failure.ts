import assert from "node:assert/strict";

import { deploy } from "./deploy";

/** What a program that must fail says, as the engine would: each error once, whether at once or when an Output resolves. */
export async function failureOf(program: () => void): Promise<Error[]> {
  const errors = new Set<unknown>();
  const note = (error: unknown) => void errors.add(error);
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", note);
  try {
    await deploy(program).catch(note);
    await new Promise((resolve) => setTimeout(resolve, 10));
  } finally {
    process.off("unhandledRejection", note);
    for (const other of others) process.on("unhandledRejection", other);
  }
  assert.ok(errors.size > 0, "nothing was refused");
  return [...errors].map((error) => (error instanceof Error ? error : assert.fail(String(error))));
}
