import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";

import { MqttUser } from "../../sdk";
import { passwordHash, passwordWeakness } from "../../sdk/mosquitto/password";
import { AUTHORITY } from "../support/brokers";
import { deploy, valueOf } from "../support/deploy";
import { failureOf } from "../support/failure";

/** Arguments as a program without types may give them. */
function user(args: object): MqttUser {
  return new MqttUser("sensor1", args);
}

describe("a password", () => {
  const wrong: Readonly<Record<string, () => unknown>> = {
    "an Output of undefined": () => pulumi.output(undefined),
    "an Output of null": () => pulumi.output(null),
    "an Output of true": () => pulumi.output(true),
    "a secret number": () => pulumi.secret(84219562307514),
    "a Promise of undefined": () => Promise.resolve(undefined),
    "a number": () => 84219562307514,
    false: () => false,
    "a list": () => ["84219562307514"],
  };
  for (const [what, password] of Object.entries(wrong))
    it(`is not ${what}`, async () => {
      for (const more of [{}, { certificate: { authority: AUTHORITY } }]) {
        const [error, ...others] = await failureOf(() => user({ password: password(), ...more }));
        assert.ok(pulumi.ResourceError.isInstance(error) && others.length === 0);
        assert.match(error.message, /\n {2}password: expected a password as text /);
        assert.doesNotMatch(error.message, /84219562307514/);
      }
    });

  it("that is null was not given: one is generated, or there is none beside a certificate", async () => {
    let made: MqttUser[] = [];
    await deploy(() => {
      made = [
        user({ password: null }),
        new MqttUser("r", { password: null as never, certificate: { authority: AUTHORITY } }),
      ];
    });
    assert.ok(made[0]?.password);
    assert.match(await valueOf(made[0].password), /^[A-Za-z0-9]{32}$/);
    assert.equal(made[1]?.password, undefined);
  });

  it("is hashed exactly as it was checked, in whatever way it comes", async () => {
    const text = fc.string({ minLength: 12, maxLength: 40, unit: "grapheme" });
    const strong = text.filter((s) => passwordWeakness(s, "sensor1") === undefined);
    const way = fc.constantFrom(
      pulumi.output<string>,
      pulumi.secret<string>,
      (s: string) => Promise.resolve(s),
      String,
    );
    await fc.assert(
      fc.asyncProperty(strong, way, async (password, given) => {
        let made: MqttUser | undefined;
        await deploy(() => (made = user({ password: given(password), iterations: 101 })));
        assert.ok(made?.password && made.passwordHash);
        const hash = await valueOf(made.passwordHash);
        const salt = Buffer.from(hash.split("$")[3] ?? "", "base64");
        assert.deepEqual([await valueOf(made.password), hash], [password, passwordHash(password, salt, 101)]);
      }),
      { numRuns: 30 },
    );
  });
});
