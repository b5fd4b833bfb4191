import assert from "node:assert/strict";

import { deploy, type State } from "./deploy";

/**
 * What a program that must fail says, as the engine would: each error once, whether at once or when an Output resolves.
 * Checks that no command was sent to a host.
 *
 * @param other - The name of a component that may send its own.
 */
export async function failureOf(program: () => void, other?: string): Promise<Error[]> {
  const errors = new Set<unknown>();
  const made: State = new Map();
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  let note: (error: unknown) => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    note = (error) => {
      errors.add(error);
      resolve();
    };
  });
  process.on("unhandledRejection", note);
  try {
    // A failed program may never end: the runtime waits for resources that can't be registered any more.
    await Promise.race([first, deploy(program, made).catch(note)]);
    await new Promise((resolve) => setTimeout(resolve, 30));
  } finally {
    process.off("unhandledRejection", note);
    for (const other of others) process.on("unhandledRejection", other);
  }
  assert.ok(errors.size > 0, "nothing was refused");
  const sent = [...made.keys()].filter((key) => key.startsWith("command:"));
  assert.ok(sent.every((key) => other !== undefined && key.includes(`${other}-`)));
  return [...errors].map((error) => (error instanceof Error ? error : assert.fail(String(error))));
}
