import assert from "node:assert/strict";

import fc from "fast-check";

import { commandWords, count, unifiedDiff } from "../../../../sdk/host/look/words";
import { newKey, selfSigned } from "../../../support/providers";

const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join("");

describe("a unified diff", () => {
  const numbers = Array.from({ length: 30 }, (_, i) => `line ${i}`);
  const changed = numbers.map((line, i) => (i === 3 || i === 20 ? `${line} more` : line));

  const CASES: Readonly<Record<string, readonly [before: string, after: string, diff: readonly string[]]>> = {
    "of two that are the same": ["a\nb\n", "a\nb\n", []],
    "of one that is new": ["", lines("a", "b"), ["+ a", "+ b"]],
    "of one that goes away": [lines("a", "b"), "", ["- a", "- b"]],
    "of one line, with two around it": [
      lines("a", "b", "c", "d", "e", "f"),
      lines("a", "b", "c", "D", "e", "f"),
      ["  b", "  c", "- d", "+ D", "  e", "  f"],
    ],
    "of places far from each other": [
      lines(...numbers),
      lines(...changed),
      [
        ...["  line 1", "  line 2", "- line 3", "+ line 3 more", "  line 4", "  line 5", "…"],
        ...["  line 18", "  line 19", "- line 20", "+ line 20 more", "  line 21", "  line 22"],
      ],
    ],
    "with an empty line": [lines("a", ""), lines("", "a"), ["- a", "", "+ a"]],
    "with lines that look like a diff's own": [
      lines("--- x"),
      lines("+++ y", "\\ z"),
      ["- --- x", "+ +++ y", "+ \\ z"],
    ],
    "of a missing last line end": ["a\nb", "a\nb\n", ["  a", "- b", "+ b"]],
    "with another line end": [lines("a"), lines("a\r"), ["- a", "+ a\r"]],
    "with a certificate that is none": [
      "",
      lines("-----BEGIN CERTIFICATE-----", "AAAA", "-----END CERTIFICATE-----"),
      ["+ a certificate that cannot be read"],
    ],
  };
  for (const [what, [before, after, diff]] of Object.entries(CASES))
    it(`${what} is what people read`, () => {
      assert.deepEqual(unifiedDiff(before, after), diff);
    });

  it("gives up where too much differs, and soon", () => {
    const many = (word: string) => lines(...Array.from({ length: 50_000 }, (_, i) => `${word} ${i}`));
    assert.deepEqual(unifiedDiff(many("a"), many("b")), ["too many lines differ to be shown"]);
    assert.equal(unifiedDiff("", lines(...numbers)).length, 30);
  });

  it("leads from the one text to the other, whatever they are", () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "c", "", "topic read x"), { maxLength: 30 })
      .map((all) => lines(...all));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const all = unifiedDiff(before, after);
        const kept = (mark: string) => all.flatMap((line) => (line.startsWith(mark) ? [line.slice(2)] : []));
        const bag = (body: string, out: string[], into: string[]) =>
          [...body.split("\n"), ...into].sort().join("\n") === [...after.split("\n"), ...out].sort().join("\n");
        assert.ok(bag(before, kept("-"), kept("+")));
      }),
    );
  });
});

describe("what people read of a certificate", () => {
  it("is whom it is for, how long, and its fingerprint; never its bytes", () => {
    const pem = selfSigned(newKey(), "mqtt-pi.local");
    const all = unifiedDiff(pem, selfSigned(newKey(), "mqtt-pi.local"));
    assert.match(all.join("\n"), /^ {2}certificate CN=mqtt-pi\.local\n(- |\+ | {2})/);
    assert.equal(all.filter((line) => /^- SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(line)).length, 1);
    assert.equal(all.filter((line) => /^\+ SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(line)).length, 1);
    assert.doesNotMatch(all.join("\n"), /BEGIN|MII/);
    assert.match(unifiedDiff("", pem).join("\n"), /\+ valid \w{3} .* GMT to \w{3} .* GMT$/m);
  });

  it("is one after the other in a chain", () => {
    const chain = `${selfSigned(newKey(), "leaf")}${selfSigned(newKey(), "root")}`;
    assert.deepEqual(
      unifiedDiff("", chain).filter((line) => line.includes("CN=")),
      ["+ certificate CN=leaf", "+ certificate CN=root"],
    );
  });
});

const SECRET = "hunter2";
/** Settings with secrets, as people write them into a file by hand. */
const HIDDEN = [
  `remote_password ${SECRET}`,
  `  bridge_psk ${SECRET}`,
  `bridge_psk\t${SECRET} and more ${SECRET}`,
  `auth_opt_mysql_pass ${SECRET}`,
  `auth_opt_jwt_secret ${SECRET}`,
  `PLUGIN_OPT_TOKEN=${SECRET}`,
  `Environment=MQTT_PASSWORD=${SECRET}`,
  `password: ${SECRET}`,
  `# remote_password ${SECRET}`,
  `#password ${SECRET}`,
  `# db pwd: ${SECRET}`,
  `# the old password was ${SECRET}`,
  `; api_key=${SECRET}`,
  `address mqtt://bridge:${SECRET}@mqtt.example.org`,
  `sensor1:$7$101$${SECRET}$${SECRET}`,
  `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----`,
  `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n${SECRET}`,
];
/** What is none. */
const SHOWN = [
  "password_file /etc/mosquitto/current/passwd",
  "psk_file /etc/mosquitto/psk",
  "# password_file /etc/mosquitto/users",
  "allow_anonymous false",
  "user token-reader",
  "topic read home/token/password",
  "pattern read $SYS/broker/secret/%u",
  "topic read $share/g/t",
  "listener 8883",
  "ExecStart=/usr/sbin/mosquitto -c /etc/mosquitto/current/mosquitto.conf",
  "# Made by pulumi-mosquitto-pi. Change the Pulumi program, not this file.",
];

describe("a secret that somebody wrote into a file by hand", () => {
  for (const line of HIDDEN)
    it(`is not shown: ${JSON.stringify(line)}`, () => {
      for (const [before, after] of [
        [line, ""],
        ["", line],
        [`a\n${line}\nb`, "a\nb"],
        ["a\nb\n", `a\n${line}\r\nb\n`],
      ] as const) {
        const shown = unifiedDiff(before, after).join("\n");
        assert.ok(!shown.includes(SECRET) && shown.includes("[hidden]"), shown);
      }
    });

  for (const line of SHOWN)
    it(`is not seen where there is none: ${line}`, () => {
      assert.deepEqual(unifiedDiff("", `${line}\n`), [`+ ${line}`]);
    });
});

describe("somebody's command", () => {
  for (const command of [
    `ExecStart=/usr/bin/bridge --password ${SECRET} --port 1`,
    `ExecStart=/usr/bin/bridge --api-token=${SECRET}`,
    `ExecStart=/bin/sh -c 'MQTT_PASSWORD=${SECRET} exec bridge'`,
    `ExecStart=/usr/bin/mosquitto_pub -t a -P ${SECRET}`,
    `ExecStart=/usr/bin/mosquitto_pub -P${SECRET}`,
    `ExecStart=/usr/bin/bridge mqtt://me:${SECRET}@example.org`,
  ])
    it(`is told without its secret: ${command}`, () => {
      const told = commandWords(command);
      assert.ok(!told.includes(SECRET) && /^ExecStart=\/.*\[hidden\]/.test(told), told);
    });

  it("is told where there is none, as far as a person reads", () => {
    for (const command of ["ExecReload=/bin/kill -HUP $MAINPID", "ExecStart=/usr/sbin/mosquitto -p 1883 -c /x.conf"])
      assert.equal(commandWords(command), command);
    assert.equal(commandWords(`ExecStart=${"x".repeat(100_000)}`).length, 200);
  });
});

it("things are counted", () => {
  assert.deepEqual([count(0, "file"), count(1, "file"), count(2, "file")], ["0 files", "1 file", "2 files"]);
});
