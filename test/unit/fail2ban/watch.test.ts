import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { VERSIONS } from "../../../sdk/mosquitto/versions";
import { ATTACKER, SPOOFS, VICTIM } from "../../support/spoofs";
import { temporaryFolder } from "../../support/temporaryFolder";

/** What happens: a line of the broker's log, a connection that ends, one that the broker closes, a look at all there is, also
 * after ends that were not told. */
type Step =
  | readonly ["log", string]
  | readonly ["gone" | "closing", address: string, port: number, listener: number, said?: boolean]
  | readonly ["trust", address: string, port: number]
  | readonly [
      "look" | "lost",
      seconds: number,
      there?: readonly (readonly [string, number, number])[],
      listening?: Record<number, number[]>,
    ];

const WATCH = join(__dirname, "../../../sdk/fail2ban/shell/watch.py");

/** What the watch says after each story, which is told to the end. */
function failures(...stories: (readonly Step[])[]): string[][] {
  const input = JSON.stringify(
    stories.map((story) =>
      [...story, ["look", 2] as const].map(([verb, ...words]) =>
        verb === "look" || verb === "lost" ? [verb, words[0], words[1] ?? [], words[2] ?? null] : [verb, ...words],
      ),
    ),
  );
  const printed = execFileSync("python3", ["-B", join(__dirname, "ledger.py"), WATCH], { input, encoding: "utf8" });
  return JSON.parse(printed) as string[][];
}

function failuresOf(...story: Step[]): string[] {
  return failures(story)[0] ?? [];
}

const [EPOCH, PORT] = [1795408240, 50000];

/** A line as the broker writes it: cut off after 999 bytes. */
function line(text: string): Step {
  const bytes = Buffer.from(`${EPOCH}: ${text}`).subarray(0, 999);
  return ["log", bytes.toString("latin1")];
}

const came = (address: string, port = PORT): Step => line(`New connection from ${address}:${port} on port 8883.`);
const loggedIn = (address: string, id = "sensor1", port = PORT): Step =>
  line(`New client connected from ${address}:${port} as ${id} (p2, c1, k60, u'sensor1').`);
/** A connection that is there. */
const HELD = [ATTACKER, PORT, 8883] as const;
const gone = (address: string, port = PORT): Step => ["gone", address, port, 8883];

describe("the watch over logins", () => {
  it("tells who goes without a login", () => {
    assert.deepEqual(failuresOf(came(ATTACKER), line("Client x disconnected, not authorised."), gone(ATTACKER)), [
      `${ATTACKER}:${PORT} on 8883`,
    ]);
  });

  it("tells nothing of who has logged in, however that one goes", () => {
    assert.deepEqual(failuresOf(came(ATTACKER), loggedIn(ATTACKER), gone(ATTACKER)), []);
    assert.deepEqual(failuresOf(loggedIn(ATTACKER), ["closing", ATTACKER, PORT, 8883], gone(ATTACKER)), []);
  });

  it("keeps a login for as long as its connection is there, and no longer", () => {
    const stays: Step[] = [loggedIn(ATTACKER), ["look", 50, [HELD]], ["look", 50, [HELD]]];
    assert.deepEqual(failuresOf(...stays, gone(ATTACKER)), []);
    assert.deepEqual(failuresOf(...stays, gone(ATTACKER), line("x"), gone(ATTACKER)), [`${ATTACKER}:${PORT} on 8883`]);
    assert.deepEqual(failuresOf(loggedIn(ATTACKER), ["look", 61], line("x"), gone(ATTACKER)), [
      `${ATTACKER}:${PORT} on 8883`,
    ]);
  });

  it("tells of each connection once, when the broker hangs up, whatever the other end does then", () => {
    const closing: Step = ["closing", ATTACKER, PORT, 8883];
    const lingers: Step = ["look", 2, [HELD]];
    assert.deepEqual(failuresOf(came(ATTACKER), closing, lingers, closing, lingers, gone(ATTACKER)), [
      `${ATTACKER}:${PORT} on 8883`,
    ]);
  });

  it("knows an address however it is written", () => {
    for (const [kernel, log] of [
      [`::ffff:${ATTACKER}`, ATTACKER],
      [ATTACKER, `::ffff:${ATTACKER}`],
      ["2001:db8:0:0::9", "2001:db8::9"],
    ] as const)
      assert.deepEqual(failuresOf(loggedIn(log), gone(kernel)), []);
    assert.deepEqual(failuresOf(came("2001:db8::9"), gone("2001:DB8:0::9")), [`2001:db8::9:${PORT} on 8883`]);
  });

  it("tells addresses apart by their ports", () => {
    assert.deepEqual(failuresOf(loggedIn(ATTACKER, "x", 50001), came(ATTACKER), gone(ATTACKER)), [
      `${ATTACKER}:${PORT} on 8883`,
    ]);
  });

  it("knows that a port may be used for a connection to each listener", () => {
    const other: Step = ["gone", ATTACKER, PORT, 8884];
    assert.deepEqual(failuresOf(loggedIn(ATTACKER), loggedIn(ATTACKER), gone(ATTACKER), other), []);
    assert.equal(failuresOf(loggedIn(ATTACKER), gone(ATTACKER), other).length, 1);
    const closes = [8883, 8884].map((port): Step => ["closing", ATTACKER, PORT, port]);
    assert.equal(failuresOf(came(ATTACKER), ...closes, gone(ATTACKER), other).length, 2);
  });

  it("blames each of them that fails while a login is held at another listener, and not that one", () => {
    const other: Step = ["gone", ATTACKER, PORT, 8884];
    const held: Step[] = [loggedIn(ATTACKER), ["look", 1, [HELD]]];
    const failed = `${ATTACKER}:${PORT} on 8884`;
    assert.deepEqual(failuresOf(...held, line("x"), other, other, line("x"), gone(ATTACKER)), [failed, failed]);
    const both: Step[] = [loggedIn(ATTACKER), loggedIn(ATTACKER), ["look", 1, [HELD, [ATTACKER, PORT, 8884]]]];
    assert.deepEqual(failuresOf(...both, line("x"), other, gone(ATTACKER)), []);
  });

  it("goes by what is no longer there where the kernel could not tell of all that ended", () => {
    const [innocent, stays] = [
      [VICTIM, PORT, 8883],
      [VICTIM, PORT + 1, 8884],
    ] as const;
    const before: Step[] = [loggedIn(VICTIM), loggedIn(VICTIM, "x", PORT + 1), ["look", 1, [HELD, innocent, stays]]];
    const late: Step[] = [gone(ATTACKER), gone(VICTIM)];
    assert.deepEqual(failuresOf(...before, line("x"), ["lost", 1, [stays]], ["look", 2, [stays]], ...late), [
      `${ATTACKER}:${PORT} on 8883`,
    ]);
    assert.deepEqual(failuresOf(...before, line("x"), ["look", 1, [stays]], ["look", 2, [stays]]), []);
  });

  it("blames nobody when the broker has no file descriptor left", () => {
    const told = line(
      'Unable to accept new connection, system socket count has been exceeded. Try increasing "ulimit -n".',
    );
    assert.deepEqual(failuresOf(told, gone(VICTIM)), []);
    assert.equal(failuresOf(told, gone(ATTACKER), gone(ATTACKER, PORT + 1)).length, 1);
  });

  it("does not judge who was there before it", () => {
    assert.deepEqual(failuresOf(["trust", ATTACKER, PORT], line("x"), gone(ATTACKER)), []);
  });

  it("blames nobody for a broker that stops, starts or is not there", () => {
    const failed = [came(ATTACKER), gone(ATTACKER)] as const;
    const other = { 8883: [4711] };
    assert.deepEqual(failuresOf(...failed, ["look", 2, [], other]), []);
    assert.deepEqual(failuresOf(...failed, ["look", 2, [], {}]), []);
    assert.deepEqual(failuresOf(["look", 2, [], {}], ...failed), []);
    assert.deepEqual(failuresOf(["look", 2, [], {}], ...failed, ["look", 2, [], other]), []);
  });

  it("blames nobody to whom the broker has said nothing, and takes no login for that", () => {
    const unheard: Step = ["gone", VICTIM, PORT, 8883, false];
    assert.deepEqual(failuresOf(line("x"), unheard), []);
    const also: Step[] = [loggedIn(VICTIM), ["look", 1, [[VICTIM, PORT, 8883]]], line("x")];
    assert.deepEqual(failuresOf(...also, ["gone", VICTIM, PORT, 8884, false], gone(VICTIM)), []);
  });

  it("blames nobody where it does not get the broker's log", () => {
    assert.deepEqual(failuresOf(gone(ATTACKER)), []);
    assert.deepEqual(failuresOf(came(ATTACKER), ["look", 20], gone(ATTACKER)), []);
    assert.deepEqual(failuresOf(gone(ATTACKER), line("Client x closed its connection.")).length, 1);
  });

  it("blames nobody whom the broker had no room for, once for each time", () => {
    const full = line(`Client connection from ${ATTACKER} denied: max_connections exceeded.`);
    assert.deepEqual(failuresOf(full, gone(ATTACKER)), []);
    assert.equal(failuresOf(full, gone(ATTACKER), gone(ATTACKER, 50001)).length, 1);
    assert.equal(failuresOf(full, gone("10.0.0.9")).length, 1);
  });

  it("is not misled by what clients say, in their id, user name or topics", () => {
    assert.ok(new Set(Object.values(SPOOFS)).size >= 60);
    const stories = Object.entries(SPOOFS).flatMap(([name, spoof]) =>
      LINES.map((form) => ({ name, story: [came(ATTACKER), line(form(spoof)), gone(ATTACKER)] })),
    );
    const told = failures(...stories.map(({ story }) => story));
    stories.forEach(({ name }, i) => {
      assert.deepEqual(told[i], [`${ATTACKER}:${PORT} on 8883`], name);
    });
  });

  it("is not misled by somebody else who has logged in", () => {
    const stories = Object.values(SPOOFS).map((spoof) => [
      came("198.51.100.7", 40001),
      loggedIn("198.51.100.7", spoof, 40001),
      came(ATTACKER),
      line(`Client ${spoof} already connected, closing old connection.`),
      gone(ATTACKER),
      gone("198.51.100.7", 40001),
    ]);
    for (const told of failures(...stories)) assert.deepEqual(told, [`${ATTACKER}:${PORT} on 8883`]);
  });
  for (const version of Object.values(VERSIONS).map((facts) => facts.version))
    it(`reads what ${version} has logged of such clients: who has logged in, and nobody else`, () => {
      const log = readFileSync(join(__dirname, "logs", `${version}.txt`), "latin1").split("\n");
      const read = log.map((text): Step => ["log", text]);
      const inside = log.flatMap(
        (text) => /^\d+: New client connected from (\S+):(\d+) as /.exec(text)?.slice(1) ?? [],
      );
      assert.ok(inside.length >= 2 * 60);
      const outside: Step[] = [gone(ATTACKER), gone(VICTIM, 40000), gone("127.0.0.1", 1), gone("2001:db8::9", 40000)];
      const came = inside.flatMap((address, i): Step[] => (i % 2 === 0 ? [gone(address, Number(inside[i + 1]))] : []));
      assert.deepEqual(failuresOf(...read, ...came), []);
      assert.equal(failuresOf(...read, ...outside).length, outside.length);
    });
});

describe("the watch's view of the Pi", () => {
  function scene(name: string): unknown {
    const program = [join(__dirname, "parts.py"), WATCH, name];
    return JSON.parse(execFileSync("python3", ["-B", ...program], { encoding: "utf8", timeout: 60_000 }));
  }

  it("has each line of the log once and whole, until the broker writes to another file", () => {
    assert.deepEqual(scene("rotation"), [
      [["f", "a"], false],
      [["half"], false],
      [["b"], false],
      [[], true],
    ]);
    assert.deepEqual(scene("cut"), [false, true]);
  });

  it("has what listens and is connected, by the kernel's word", () => {
    assert.deepEqual(scene("sockets"), [true, true]);
  });

  it("loses no end at its ports by thousands at others, and knows when it has lost any", () => {
    assert.deepEqual(scene("flood"), [true, false]);
    assert.deepEqual(scene("overrun"), [[], true]);
  });

  it("knows whether the broker has answered, even where the answer did not get on its way", () => {
    assert.deepEqual(scene("silence"), [false, true, true, false, true]);
  });

  it("knows when connections end that the log has no word of", () => {
    assert.deepEqual(scene("unheard"), [true, false, true]);
  });

  it("has the log opened anew each time that it is over, until something is wrong", () => {
    const folder = temporaryFolder("watch");
    try {
      const at = (name: string) => join(folder.path, name);
      for (const script of ["fail2ban/shell/watch.sh", "host/shell/hooks/words.sh"])
        copyFileSync(join(WATCH, "../../..", script), at(basename(script)));
      const setpriv = `#!/bin/sh\n{ echo "$*"; cat; } >>${at("ran")}\nif [ -e ${at("twice")} ]; then exit 3; fi\n`;
      writeFileSync(at("setpriv"), `${setpriv}echo second >${at("log")}; : >${at("twice")}\n`, { mode: 0o755 });
      const run = () =>
        spawnSync("sh", [at("watch.sh"), at("log"), "8883"], {
          encoding: "utf8",
          env: { PATH: `${folder.path}:${process.env["PATH"] ?? ""}` },
        });
      assert.equal(
        run().stderr,
        `error: expected the broker's log, "${at("log")}", got no such file; does mosquitto.service run?\n`,
      );
      writeFileSync(at("log"), "first\n");
      assert.equal(run().status, 3);
      const watch = `--ambient-caps=-all python3 -I -B ${at("watch.py")} ${at("log")} 8883`;
      assert.equal(readFileSync(at("ran"), "utf8"), `${watch}\nfirst\n${watch}\nsecond\n`);
    } finally {
      folder.remove();
    }
  });

  it("ends with a word when the kernel or the log is out of reach", () => {
    const kernel =
      'error: expected that the kernel tells of connections, got "No such file or directory"; on the host: sudo modprobe tcp_diag; after an upgrade of its kernel, restart it';
    assert.deepEqual(scene("mute"), [kernel, kernel]);
    assert.equal(
      scene("closed"),
      'error: expected that everybody may look into "/var/log/mosquitto", got "Permission denied"',
    );
  });
});

/** Lines that hold words of a client's who has not logged in, or is no more. */
const LINES: readonly ((said: string) => string)[] = [
  (id) => `Client ${id} disconnected, not authorised.`,
  (id) => `Client ${id} closed its connection.`,
  (id) => `Client ${id} disconnected due to protocol error.`,
  (id) => `Client ${id} has exceeded timeout, disconnecting.`,
];
