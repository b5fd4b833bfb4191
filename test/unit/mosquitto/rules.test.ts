import assert from "node:assert/strict";

import { examine, HOME } from "../../support/brokers";

const BASE = { ...HOME, rules: undefined, listeners: undefined };

function mistakes(rules: unknown, more: object = {}): string[] {
  return examine({ ...BASE, ...more, rules }).found.map(({ path }) => path);
}

function advice(rules: unknown, more: object = {}): string[] {
  const field = examine({ ...BASE, ...more, rules });
  assert.deepEqual(field.found, []);
  return field.advice.map(({ path, text }) => `${path}: ${text}`);
}

const sensor = (access: string, topic: string) => ({ user: "sensor1", access, topic });
const everyone = (access: string, topic: string) => ({ everyone: true, access, topic });

describe("rules", () => {
  it("are about exactly one of a user, everyone and anonymous clients", () => {
    const rule = { access: "read", topic: "a" };
    assert.deepEqual(mistakes([rule, { ...rule, user: "sensor1", everyone: true }, { ...rule, everyone: false }]), [
      "rules[0]",
      "rules[1]",
      "rules[2]",
    ]);
    assert.deepEqual(
      mistakes([
        { ...rule, user: "sensor1", everyone: false },
        { ...rule, everyone: true },
      ]),
      [],
    );
  });

  it("are about users of the broker", () => {
    const { found } = examine({
      ...BASE,
      rules: [
        { user: "senosr1", access: "read", topic: "a" },
        { user: "pump", access: "read", topic: "a" },
      ],
    });
    assert.deepEqual(
      found.map(({ path, fix }) => [path, fix]),
      [
        ["rules[0].user", 'did you mean "sensor1"?'],
        ["rules[1].user", "add it to `users`"],
      ],
    );
  });

  it("know %u and %c only for everyone", () => {
    assert.deepEqual(
      mistakes([sensor("read", "devices/%u/#"), { anonymous: true, access: "read", topic: "a/%c" }], {
        allowAnonymous: true,
      }),
      ["rules[0].topic", "rules[1].topic"],
    );
    assert.deepEqual(mistakes([everyone("deny", "devices/%c/#")]), ["rules[0].topic"]);
    assert.match(advice([everyone("read", "devices/%c/#")])[0] ?? "", /whatever the client says/);
  });

  it("deny to everyone only what clients that are no user can be denied, too", () => {
    const client = everyone("readwrite", "c/%c/#");
    assert.deepEqual(mistakes([client, everyone("deny", "c/door/#")]), ["rules[1].topic"]);
    assert.deepEqual(mistakes([client, everyone("deny", "c/+/door"), sensor("deny", "c/door/#")]), []);
    assert.deepEqual(mistakes([everyone("readwrite", "c/%u/%c"), everyone("deny", "c/door/x")]), []);
  });

  describe("for anonymous clients", () => {
    const open = { allowAnonymous: true };
    const anonymous = (access: string, topic: string) => ({ anonymous: true, access, topic });
    it("need `allowAnonymous`, and it needs them", () => {
      assert.deepEqual(mistakes([anonymous("read", "public/#")]), ["rules[0].anonymous"]);
      assert.deepEqual(mistakes([anonymous("read", "public/#")], open), []);
      assert.deepEqual(mistakes([sensor("read", "a")], open), ["allowAnonymous"]);
      assert.deepEqual(mistakes(undefined, open), ["allowAnonymous"]);
    });
    it("let nobody write everywhere, to $SYS or to $CONTROL", () => {
      for (const topic of ["#", "+/x", "$CONTROL/dynamic-security/v1", "$SYS/#"])
        for (const access of ["write", "readwrite"])
          assert.deepEqual(mistakes([anonymous(access, topic)], open), ["rules[0].topic"], `${access} ${topic}`);
      assert.deepEqual(mistakes([anonymous("write", "public/in")], open), []);
    });
    it("are not made by a rule for everyone that only has a client id", () => {
      const rules = [anonymous("read", "public/#"), everyone("readwrite", "c/%c/#")];
      assert.deepEqual(mistakes(rules, open), ["rules[1].topic"]);
      assert.deepEqual(mistakes([rules[0], everyone("readwrite", "c/%u/%c/#")], open), []);
    });
  });

  it("are reported when another makes them needless", () => {
    assert.deepEqual(advice([sensor("readwrite", "home/#"), sensor("write", "home/+/temp")]), [
      'rules[1]: adds nothing to rules[0], which already allows "home/#"',
    ]);
    assert.deepEqual(advice([sensor("write", "home/+/temp"), sensor("readwrite", "home/#")]), [
      'rules[0]: adds nothing to rules[1], which already allows "home/#"',
    ]);
    assert.deepEqual(advice([everyone("readwrite", "devices/%u/#"), sensor("read", "devices/sensor1/x")]), [
      'rules[1]: adds nothing to rules[0], which already allows "devices/%u/#"',
    ]);
    assert.deepEqual(advice([sensor("read", "a"), sensor("read", "a")]), ["rules[1]: says the same as rules[0]"]);
  });

  it("are reported when they contradict each other", () => {
    assert.deepEqual(advice([sensor("deny", "home/#"), sensor("write", "home/temp")]), [
      'rules[1]: never has an effect: rules[0] denies "home/#", and deny wins',
    ]);
    assert.deepEqual(advice([sensor("write", "a"), sensor("deny", "b")]), [
      "rules[1]: denies what no rule allows; it has no effect",
    ]);
  });

  it("are not reported when each has its effect", () => {
    const rules = [
      sensor("readwrite", "home/#"),
      sensor("deny", "home/secret"),
      sensor("read", "a/b"),
      sensor("write", "a/b"),
      { user: "admin", access: "read", topic: "a/b" },
      everyone("deny", "home/+/lock"),
      everyone("read", "devices/%u/in"),
      { user: "admin", access: "deny", topic: "devices/admin/in" },
    ];
    assert.deepEqual(advice(rules), []);
  });
});
