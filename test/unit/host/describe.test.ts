import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type ConceptSeen, observationOf } from "../../../sdk/host/look/observation";
import { hostScripts, observeScript } from "../../../sdk/host/scripts";

const FILES: Readonly<Record<string, string>> = {
  acl: "user a\ntopic read b\n",
  "conf.d/tls.conf": "listener 8883",
  passwd: "a:$7$hash\n",
  state: "open acl\nopen conf.d/tls.conf\nfile 0600 root root passwd\n",
};

/** describe.sh and observe.sh on a made-up tree: a host's root folder, but without its units and packages. */
describe("the look at a host", function () {
  this.timeout(70_000);
  let folder: string;
  let live: string;
  const describeScript = hostScripts()["describe.sh"] ?? "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "look-"));
    live = join(folder, "etc/generations/0001-0123456789ab");
    mkdirSync(join(live, "conf.d"), { recursive: true });
    mkdirSync(join(folder, "memory/mosquitto"), { recursive: true });
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(live, name), text);
    writeFileSync(join(live, "state"), `root ${folder}/etc\nlink ${folder}/link acl\n${FILES["state"] ?? ""}`);
    symlinkSync("generations/0001-0123456789ab", join(folder, "etc/current"));
    symlinkSync(join(folder, "etc/current/acl"), join(folder, "link"));
    writeFileSync(join(folder, "state"), `root ${folder}/etc\nlink ${folder}/link acl\n`);
    writeFileSync(
      join(folder, "memory/mosquitto/manifest"),
      `id i0\n${sh(`memory=$0/memory/mosquitto\n${describeScript}\ndescribe_host "$0/state"`)}`,
    );
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function sh(script: string): string {
    return execFileSync("sh", ["-c", script, folder], { env: { ...process.env, LC_ALL: "C" } }).toString();
  }

  /** What observe.sh prints. One that hangs fails. */
  function print(env: NodeJS.ProcessEnv = {}): string {
    const input = observeScript()
      .replace("ours=/var/lib/pulumi-mosquitto-pi", `ours=${folder}/memory`)
      .replace("mosquitto:/etc/mosquitto", `mosquitto:${folder}/etc`)
      .replace("timeout 20 ", "timeout 1 ");
    const options = { input, timeout: 60_000, env: { ...process.env, ...env } };
    const { status, stdout, stderr } = spawnSync("sh", ["-s"], options);
    assert.equal(status, 0, `it hangs or fails: ${String(stderr)}`);
    return String(stdout);
  }

  const read = (stdout: string) => observationOf({ code: 0, stdout, stderr: "" }, "root");
  const look = (): ConceptSeen => read(print()).concepts.get("mosquitto") ?? assert.fail("no such concept");

  const drift = (): string[] => look().drift.map(({ thing, how }) => `${thing.replace(`${folder}/`, "")} ${how}`);

  it("finds a host as it was left, and tells what its open files hold and no other's", () => {
    assert.deepEqual(drift(), []);
    const { texts, id } = look();
    assert.equal(id, "i0");
    assert.deepEqual(
      texts,
      new Map([
        ["acl", FILES["acl"]],
        ["conf.d/tls.conf", "listener 8883\n"],
      ]),
    );
    assert.ok(!print().includes("hash"));
  });

  it("tells whose it is, even when the manifest is gone, and that it is nobody's", () => {
    assert.equal(look().owner, undefined);
    writeFileSync(join(folder, "memory/mosquitto/identity"), "0123456789abcdef\n");
    writeFileSync(join(folder, "memory/mosquitto/component"), "home/dev/a \\n b\n");
    const owner = { identity: "0123456789abcdef", component: "home/dev/a \\n b" };
    assert.deepEqual(look().owner, owner);
    rmSync(join(folder, "memory/mosquitto/manifest"));
    assert.deepEqual(look().owner, owner);
  });

  it("finds what was changed", () => {
    writeFileSync(join(live, "acl"), "topic readwrite #\n");
    execFileSync("chmod", ["4640", join(live, "passwd")]);
    rmSync(join(live, "conf.d"), { recursive: true });
    mkdirSync(join(folder, "etc/generations/.staged"));
    rmSync(join(folder, "link"));
    assert.deepEqual(drift(), [
      "etc/current/acl its content was changed",
      "etc/current/conf.d is missing",
      "etc/current/conf.d/tls.conf is missing",
      "etc/current/passwd has mode 4640, deployed was 0644",
      "link is missing",
      "etc/generations/.staged is not ours",
    ]);
    assert.equal(look().texts.get("acl"), "topic readwrite #\n");
  });

  it("tells which folders beside the live one are none that a deployment makes", () => {
    const strays = ["1st-try", "2026-11-23-backup", "9-0123456789ab", "0002-0123456789abc", "0003-adopted-by-me"];
    for (const name of ["0002-ba9876543210", "12345-adopted", ...strays])
      mkdirSync(join(folder, "etc/generations", name));
    writeFileSync(join(folder, "etc/generations/0004-0123456789ab"), "");
    const expected = [...strays, "0004-0123456789ab"].map((name) => `etc/generations/${name} is not ours`);
    assert.deepEqual(drift(), expected.sort());
  });

  it("tells who may change what is live, and who gets there", () => {
    execFileSync("chmod", ["0777", join(folder, "etc")]);
    execFileSync("chmod", ["0700", join(folder, "etc/generations")]);
    assert.deepEqual(drift(), [
      "etc has mode 0777, deployed was 0755",
      "etc/generations has mode 0700, deployed was 0755",
    ]);
  });

  const ODD = ["a blank", "  two  ", "*", "ümläut", "-rf", "back\\slash", "tab\there", "$(id)", "end", "🍓"];
  for (const name of ODD)
    it(`holds out against a file called ${JSON.stringify(name)}`, () => {
      writeFileSync(join(live, name), "x");
      mkdirSync(join(folder, "etc/generations", name));
      assert.deepEqual(drift(), [`etc/current/${name} is not ours`, `etc/generations/${name} is not ours`]);
    });

  it("holds out against line feeds and stray bytes in a name, which make no line of their own", () => {
    for (const name of ["x\nunit mosquitto.service failed", "x\nbytes 00 acl", "x\nend", "\n"])
      writeFileSync(join(live, name), "x");
    writeFileSync(Buffer.concat([Buffer.from(`${live}/`), Buffer.from([0xff, 0x1b])]), "x");
    for (const line of print().trimEnd().split("\n"))
      assert.match(line, /^(machine|boot|suite|time|bare|concept|manifest|now|line|fact|end)( |$)/);
    assert.deepEqual(drift(), [
      "etc/current/? is not ours",
      "etc/current/x?bytes 00 acl is not ours",
      "etc/current/x?end is not ours",
      "etc/current/x?unit mosquitto.service failed is not ours",
      "etc/current/\ufffd\x1b is not ours",
    ]);
  });

  it("does not wait for a pipe, and does not follow a link to somebody else's file", () => {
    writeFileSync(join(folder, "elsewhere"), "TOP SECRET\n");
    rmSync(join(live, "acl"));
    symlinkSync("../../../elsewhere", join(live, "acl"));
    rmSync(join(live, "conf.d/tls.conf"));
    execFileSync("mkfifo", [join(live, "conf.d/tls.conf"), join(live, "pipe")]);
    assert.ok(!print().includes("TOP SECRET"));
    assert.deepEqual(drift(), [
      "etc/current/acl is no longer a file of its kind",
      "etc/current/acl has mode 0777, deployed was 0644",
      "etc/current/conf.d/tls.conf is no longer a file of its kind",
      "etc/current/pipe is not ours",
    ]);
  });

  it("does not follow a folder that is a link", () => {
    mkdirSync(join(folder, "elsewhere"));
    writeFileSync(join(folder, "elsewhere/tls.conf"), "TOP SECRET\n");
    renameSync(join(live, "conf.d"), join(folder, "was"));
    symlinkSync("../../../elsewhere", join(live, "conf.d"));
    assert.ok(!print().includes("TOP SECRET"));
    assert.ok(drift().includes("etc/current/conf.d is no longer a file of its kind"));
  });

  it("does not wait for a list of open files that is a pipe", () => {
    rmSync(join(live, "state"));
    execFileSync("mkfifo", [join(live, "state")]);
    assert.deepEqual(drift(), ["etc/current/state is no longer a file of its kind"]);
  });

  it("does not wait for ever for what a concept says of itself", () => {
    writeFileSync(join(live, "hooks.sh"), "echo clients 3\nexec sleep 300\n");
    assert.equal(look().facts["clients"], "3");
  });

  const current = (): string => join(folder, "etc/current");
  const places: Readonly<Record<string, readonly [change: () => void, told: string]>> = {
    gone: [() => undefined, "leads nowhere, or is no link any more"],
    "leading nowhere": [
      () => {
        symlinkSync("generations/none", current());
      },
      "leads nowhere, or is no link any more",
    ],
    "a folder": [
      () => {
        mkdirSync(current());
      },
      "leads nowhere, or is no link any more",
    ],
    "leading to another folder": [
      () => {
        symlinkSync("../memory", current());
      },
      "leads to ../memory, deployed was 0001-0123456789ab",
    ],
  };
  for (const [what, [change, told]] of Object.entries(places))
    it(`tells when the symlink that decides is ${what}`, () => {
      rmSync(current());
      change();
      assert.ok(drift().includes(`etc/current ${told}`), drift().join("\n"));
    });

  it("tells a link that has become a file", () => {
    rmSync(join(folder, "link"));
    writeFileSync(join(folder, "link"), "x");
    assert.deepEqual(drift(), ["link is no link any more"]);
  });

  for (const [what, text] of Object.entries({ "an empty": "", "a torn": "\0\0\0\0", "a foreign": "# notes\n" }))
    it(`takes ${what} manifest for none, and tells one loss from the next`, () => {
      const manifest = join(folder, "memory/mosquitto/manifest");
      const lost = () => {
        writeFileSync(manifest, text);
        const { id, forgotten } = look();
        assert.equal(id, undefined);
        assert.ok(read(print()).installed.has("dpkg"));
        return forgotten;
      };
      const first = lost();
      assert.equal(lost(), first, "it is the same as long as nothing happens");
      // As a deployment ends.
      writeFileSync(`${manifest}.new`, "id i1\n");
      renameSync(`${manifest}.new`, manifest);
      assert.notEqual(lost(), first);
    });

  for (const what of ["memory", "memory/mosquitto", "memory/mosquitto/manifest"])
    it(`tells what is live when nobody knows what was deployed: ${what} is gone`, () => {
      const before = look();
      rmSync(join(folder, what), { recursive: true });
      const { id, texts, now } = look();
      assert.equal(id, undefined);
      assert.deepEqual(texts, before.texts);
      const isThere = (line: string) => !line.includes(`d ${folder}/${what}`);
      assert.deepEqual(now, before.now.filter(isThere));
      assert.deepEqual(drift(), [
        "what was deployed is not known: the manifest in /var/lib/pulumi-mosquitto-pi is gone",
      ]);
    });

  it("takes a folder for ours only by what it says itself", () => {
    rmSync(join(folder, "memory"), { recursive: true });
    for (const state of ["", "root /etc/elsewhere\n", `${FILES["acl"] ?? ""}# root ${folder}/etc\n`]) {
      writeFileSync(join(live, "state"), state);
      assert.equal(read(print()).concepts.size, 0);
    }
    rmSync(join(live, "state"));
    execFileSync("mkfifo", [join(live, "state")]);
    assert.equal(read(print()).concepts.size, 0);
  });

  it("tells what somebody has configured before us, and nothing of it where ours is live", () => {
    writeFileSync(join(folder, "etc/mosquitto.conf"), "listener 1883\n");
    mkdirSync(join(folder, "etc/conf.d"));
    for (const name of ["mine.conf", "package.conf", "x\nend"]) writeFileSync(join(folder, "etc/conf.d", name), name);
    const brought = ` ${folder}/etc/conf.d/package.conf ${createHash("md5").update("package.conf").digest("hex")}`;
    writeFileSync(join(folder, "dpkg-query"), `#!/bin/sh\nprintf '%s\\n' '${brought}'\n`, { mode: 0o755 });
    const earlier = () => read(print({ PATH: `${folder}:${process.env["PATH"] ?? ""}` })).earlier;
    assert.deepEqual(earlier(), []);
    rmSync(current());
    assert.deepEqual(
      earlier().map((path) => path.replace(`${folder}/`, "")),
      ["etc/conf.d/mine.conf", "etc/conf.d/x", "etc/mosquitto.conf", "end"],
    );
  });

  it("does not take what was purged but for its configuration for installed", () => {
    rmSync(join(folder, "memory"), { recursive: true });
    rmSync(current());
    writeFileSync(join(folder, "dpkg-query"), '#!/bin/sh\nprintf "installed adduser\\nconfig-files mosquitto\\n"\n', {
      mode: 0o755,
    });
    const { installed, concepts } = read(print({ PATH: `${folder}:${process.env["PATH"] ?? ""}` }));
    assert.equal(concepts.size, 0);
    assert.deepEqual([...installed].filter(Boolean), ["adduser"]);
  });

  it("writes nothing", () => {
    const stamp = () => execFileSync("find", [folder, "-printf", "%p %T@ %C@\\n"]).toString();
    const before = stamp();
    print();
    assert.equal(stamp(), before);
    assert.doesNotMatch(observeScript().replace(/2>\/dev\/null/g, ""), /[^0-9<-]>\s*["$/a-z]/, "nothing is redirected");
    assert.equal(readFileSync(join(live, "passwd"), "utf8"), FILES["passwd"]);
  });
});
