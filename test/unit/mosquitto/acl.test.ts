import assert from "node:assert/strict";

import fc from "fast-check";

import { Field } from "../../../sdk/core/field";
import { Access, type RuleSpec } from "../../../sdk/mosquitto/access";
import { renderAcl } from "../../../sdk/mosquitto/acl";
import { checkRules } from "../../../sdk/mosquitto/rules";
import { checkUsers, knownUsernames } from "../../../sdk/mosquitto/users";
import { type AclLine, mayAccess, parseAcl } from "../../support/aclFile";
import { HASH } from "../../support/brokers";
import { oddText } from "../../support/oddText";

const name = fc.oneof(fc.constantFrom("sensor1", "admin", "relay-1", "a.b"), oddText);
const topic = fc.oneof(
  fc.constantFrom("a", "a/b", "a/+", "a/#", "#", "$SYS/#", "devices/%u/#", "c/%c/x", "a b/c"),
  oddText,
);
const access = fc.constantFrom(...Object.values(Access));
const rule: fc.Arbitrary<RuleSpec> = fc.oneof(
  fc.record({ user: name, access, topic }),
  fc.record({ everyone: fc.constant(true), access, topic }),
  fc.record({ anonymous: fc.constant(true), access, topic }),
);

function isRight(usernames: readonly string[], rules: readonly RuleSpec[], allowAnonymous = true): boolean {
  const root = new Field({
    users: usernames.map((username) => ({ username, passwordHash: HASH })),
    rules,
    allowAnonymous,
  });
  const users = root.at("users").items();
  checkUsers(users);
  checkRules(root.at("rules").items(), knownUsernames(users), root.at("allowAnonymous"));
  return root.found.length === 0;
}

/** What is written beside the rules, for clients that are no user. */
function isBarrier(usernames: readonly string[]): (line: AclLine) => boolean {
  return ({ keyword, user, access }) =>
    (keyword === "pattern" && access === "deny") || (user !== undefined && !usernames.includes(user));
}

/** What is meant, said without an ACL file: deny wins, and rules for everyone are for each of the users. */
function isMeant(
  usernames: readonly string[],
  rules: readonly RuleSpec[],
  user: string | undefined,
  wanted: string,
  to: "read" | "write",
): boolean {
  const mine = rules.filter((r) =>
    user === undefined ? r.anonymous === true : r.user === user || (r.everyone === true && usernames.includes(user)),
  );
  const hit = mine.filter((r) =>
    mayAccess(
      [
        {
          keyword: "topic",
          user: undefined,
          access: "readwrite",
          topic: r.topic.replaceAll("%u", user ?? "").replaceAll("%c", "client"),
        },
      ],
      undefined,
      "",
      wanted,
      to,
    ),
  );
  return !hit.some((r) => r.access === "deny") && hit.some((r) => r.access === to || r.access === "readwrite");
}

describe("the ACL file", () => {
  it("holds exactly the rules that were meant, whatever names and topics are given", () => {
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
        fc.array(rule, { maxLength: 4 }),
        (usernames, rules) => {
          if (!isRight(usernames, rules)) return;
          accepted++;
          const expected = rules.flatMap((r) => {
            if (r.everyone === true && /%[uc]/.test(r.topic) && r.access !== "deny")
              return [`pattern ? ${r.access} ${r.topic}`];
            if (r.everyone === true)
              return usernames.map((u) => `topic ${u} ${r.access} ${r.topic.replaceAll("%u", u)}`);
            return [`topic ${r.anonymous === true ? "?" : String(r.user)} ${r.access} ${r.topic}`];
          });
          const lines = parseAcl(renderAcl(usernames, rules));
          const [barriers, meant] = [lines.filter(isBarrier(usernames)), lines.filter((l) => !isBarrier(usernames)(l))];
          assert.ok(barriers.every((l) => l.access === "deny"));
          const actual = meant.map((l) => `${l.keyword} ${l.user ?? "?"} ${l.access} ${l.topic}`);
          assert.deepEqual([...new Set(actual)].sort(), [...new Set(expected)].sort());
        },
      ),
      { numRuns: 3000 },
    );
    assert.ok(accepted > 100, `only ${accepted} of the cases were right: the property proves nothing`);
  });

  it("allows exactly what was meant, by mosquitto's way to evaluate it", () => {
    const rightTopic = fc.constantFrom("a", "a/b", "a/+", "a/#", "#", "+/b", "own/%u", "own/%u/#");
    const plainTopic = fc.constantFrom("a", "a/b", "a/#", "own/sensor1", "#");
    const rightRule: fc.Arbitrary<RuleSpec> = fc.oneof(
      fc.record({ user: fc.constantFrom("sensor1", "admin"), access, topic: plainTopic }),
      fc.record({ everyone: fc.constant(true), access, topic: rightTopic }),
      fc.record({ anonymous: fc.constant(true), access, topic: plainTopic }),
    );
    fc.assert(
      fc.property(fc.array(rightRule, { minLength: 1, maxLength: 5 }), (rules) => {
        const usernames = ["sensor1", "admin"];
        const lines = parseAcl(renderAcl(usernames, rules));
        for (const user of [...usernames, undefined])
          for (const wanted of ["a", "a/b", "b", "own/sensor1", "own/admin", "own/sensor1/x"])
            for (const to of ["read", "write"] as const)
              assert.equal(
                mayAccess(lines, user, "client", wanted, to),
                isMeant(usernames, rules, user, wanted, to),
                `${user ?? "anonymous"} ${to} ${wanted}`,
              );
      }),
      { numRuns: 300 },
    );
  });

  it("gives a certificate without user no more than a user without rules of their own has", () => {
    const shared = fc.record({
      everyone: fc.constant(true),
      access,
      topic: fc.oneof(
        fc.constantFrom("d/%u/#", "d/%u/cmd", "d/%u", "+/%u/#", "%u/#", "d-%u/%u", "d/%u/%c", "d/%c/#", "x%u%c/cmd"),
        fc.constantFrom(
          "d/+/cmd",
          "d/+",
          "d/#",
          "#",
          "+/+/#",
          "d/old",
          "d/old/cmd",
          "d/old/#",
          "d-old/+",
          "d/client/cmd",
        ),
      ),
    });
    const usernames = ["sensor1", "admin"];
    let denied = 0;
    fc.assert(
      fc.property(fc.array(shared, { minLength: 1, maxLength: 4 }), (rules) => {
        if (!isRight(usernames, rules, false)) return;
        const lines = parseAcl(renderAcl(usernames, rules));
        for (const cn of ["old", "other", "client"])
          for (const wanted of [
            "d",
            "d/old",
            "d/old/cmd",
            "d/other/cmd",
            "d/client/cmd",
            "d/old/client",
            "d-old/old",
            "old/cmd",
            "xoldclient/cmd",
          ])
            for (const to of ["read", "write"] as const)
              if (!isMeant([...usernames, cn], rules, cn, wanted, to)) {
                assert.ok(!mayAccess(lines, cn, "client", wanted, to), `${cn} ${to} ${wanted}`);
                denied += rules.some((r) => r.access === "deny") ? 1 : 0;
              }
      }),
      { numRuns: 1000 },
    );
    assert.ok(denied > 1000, "hardly anything was denied: the property proves nothing");
  });

  it("says a denial again to certificates without user, in words that mosquitto takes without a warning", () => {
    const everyone = (kind: Access, topic: string): RuleSpec => ({ everyone: true, access: kind, topic });
    const rules = [
      everyone("readwrite", "devices/%u/#"),
      everyone("deny", "devices/+/cmd"),
      everyone("deny", "devices/gone/secret"),
      everyone("deny", "devices/%u/x"),
      everyone("deny", "news"),
    ];
    assert.equal(
      renderAcl(["admin"], rules),
      [
        "user admin",
        "topic deny devices/+/cmd",
        "topic deny devices/gone/secret",
        "topic deny devices/admin/x",
        "topic deny news",
        "",
        "user gone",
        "topic deny devices/+/cmd",
        "topic deny devices/gone/secret",
        "topic deny devices/gone/x",
        "topic deny news",
        "",
        "pattern readwrite devices/%u/#",
        "pattern deny devices/%u/cmd",
        "pattern deny devices/%u/x",
        "",
      ].join("\n"),
    );
  });
});
