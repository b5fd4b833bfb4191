import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { insecure, MosquittoBroker, MqttUser, RaspberryPi } from "../../sdk";
import { AUTHORITY, HASH } from "../support/brokers";
import { failureOf } from "../support/failure";

describe("a mistake that comes to light only when an Output resolves", () => {
  it("is told in the same words as one that shows at once, and nothing was sent", async () => {
    const program = (username: pulumi.Input<string>) => () => {
      const host = new RaspberryPi("pi", { connection: { host: "192.168.1.57", hostKey: insecure() } });
      new MosquittoBroker("broker", { host, authority: AUTHORITY, users: [{ username, passwordHash: HASH }] });
    };
    const [soon, ...more] = await failureOf(program("a b"));
    const [late, ...others] = await failureOf(program(pulumi.output("a b")));
    assert.match(
      late?.message ?? "",
      /^MosquittoBroker "broker" has 1 mistake; nothing was sent to any host\n {2}users/,
    );
    assert.deepEqual([late?.message, more, others], [soon?.message, [], []]);
    assert.ok(pulumi.ResourceError.isInstance(late) && late.hideStack);
  });

  it("is told once, though several values depend on it", async () => {
    const errors = await failureOf(
      () => new MqttUser("u", { username: pulumi.output("a b"), password: pulumi.output("short") }),
    );
    const lines = errors.flatMap(({ message }) => message.split("\n").slice(1));
    assert.deepEqual(lines.map((line) => line.split(":")[0]).sort(), ["  password", "  username"]);
    for (const { message, stack } of errors) assert.equal(stack, message);
  });
});
