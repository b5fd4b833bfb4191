import assert from "node:assert/strict";

import fc from "fast-check";

import { Field } from "../../../sdk/core/field";
import { brokerModel } from "../../../sdk/mosquitto/model";
import { renderGeneration } from "../../../sdk/mosquitto/render";
import { checkUsername, checkUsers } from "../../../sdk/mosquitto/users";
import { HASH, SMALL } from "../../support/brokers";
import { oddText } from "../../support/oddText";

function found(users: unknown[]): string[] {
  const root = new Field({ users });
  checkUsers(root.at("users").items());
  return root.found.map((issue) => issue.path);
}

describe("users", () => {
  it("make one line each in the password file, whatever their names and hashes", () => {
    const user = fc.record({
      username: fc.oneof(fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/), oddText),
      passwordHash: fc.oneof(fc.constant(HASH), oddText),
    });
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(user, { minLength: 1, maxLength: 3 }), (users) => {
        if (found(users).length > 0) return;
        accepted++;
        const files = renderGeneration(brokerModel({ ...SMALL, users }), undefined, "seed");
        const lines = files.find((f) => f.path === "passwd")?.content.split("\n") ?? [];
        const read = lines.map((line) => line.split(":"));
        assert.deepEqual(
          read.slice(0, -2),
          users.map((u) => [u.username, u.passwordHash]),
        );
        assert.deepEqual([read.at(-2)?.[0], read.at(-1)], ["pulumi-canary", [""]]);
      }),
      { numRuns: 1000 },
    );
    assert.ok(accepted > 50, `only ${accepted} of the cases were right`);
  });

  it("have names that are safe as user, as CN and in %u", () => {
    fc.assert(
      fc.property(oddText, (text) => {
        const field = new Field(text);
        checkUsername(field);
        assert.equal(field.found.length === 0, /^[A-Za-z0-9._-]{1,64}$/.test(text) && !text.includes("\n"));
      }),
    );
  });

  it("have names of their own, none of them the canary's", () => {
    const user = (username: string) => ({ username, passwordHash: HASH });
    assert.deepEqual(found([user("a"), user("b"), user("a")]), ["users[2].username"]);
    assert.deepEqual(found([user("a"), { username: "a", certificate: true }]), ["users[1].username"]);
    assert.deepEqual(found([user("pulumi-canary")]), ["users[0].username"]);
  });

  it("can log in", () => {
    assert.deepEqual(found([{ username: "a" }, { username: "b", certificate: false }]), ["users[0]", "users[1]"]);
    assert.deepEqual(found([{ username: "a", certificate: true }]), []);
  });

  it("have hashes that mosquitto 2.0 reads: with a salt of 12 bytes", () => {
    const longSalt = `$7$1000$${Buffer.alloc(64).toString("base64")}$${Buffer.alloc(64).toString("base64")}`;
    for (const passwordHash of [longSalt, "$6$salt$hash", "plain", `${HASH}\nuser2:${HASH}`, `${HASH}\n`])
      assert.deepEqual(found([{ username: "a", passwordHash }]), ["users[0].passwordHash"]);
  });
});
