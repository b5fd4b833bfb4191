import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { type Login, type Server, Session } from "../../support/proof/session";

const NOT_AUTHORIZED = 135;

/** MQTT's reason code for a login: 0 when it is let in. @throws Error when what comes is no answer of MQTT's. */
export async function loginCode(server: Server, login: Login): Promise<number> {
  try {
    await (await Session.open(server, login)).close();
    return 0;
  } catch (error) {
    return codeOf(error);
  }
}

/** Whether somebody may publish to a topic: what the broker answers, and the same by what `witness`, who may all, receives. */
export async function mayWrite(server: Server, login: Login, topic: string, witness: Login): Promise<boolean> {
  await using listener = await Session.open(server, witness);
  await using publisher = await Session.open(server, login);
  const [text, marker] = [randomUUID(), randomUUID()];
  await listener.subscribe("#");
  const code = await publisher.publish(topic, text).then(() => 0, codeOf);
  // The broker keeps the order: whatever it let through is there before the marker.
  await listener.publish("witness/marker", marker);
  const arrived = (await listener.receiveUpTo(marker)).some((message) => message.text === text);
  if (code !== 0) assert.equal(code, NOT_AUTHORIZED);
  assert.equal(arrived, code === 0, "the broker's answer and the delivery tell different things");
  return arrived;
}

/** Whether somebody receives what `witness` publishes. `open` is a topic that they may read. */
export async function mayRead(
  server: Server,
  login: Login,
  topic: string,
  open: string,
  witness: Login,
): Promise<boolean> {
  await using listener = await Session.open(server, login);
  await using publisher = await Session.open(server, witness);
  const [text, marker] = [randomUUID(), randomUUID()];
  await listener.subscribe(topic);
  await listener.subscribe(open);
  await publisher.publish(topic, text);
  await publisher.publish(open, marker);
  return (await listener.receiveUpTo(marker)).some((message) => message.text === text);
}

/** The reason code of an error that has one. @throws the error itself when it has none. */
export function codeOf(error: unknown): number {
  if (error instanceof Error && "code" in error && typeof error.code === "number") return error.code;
  throw error;
}
