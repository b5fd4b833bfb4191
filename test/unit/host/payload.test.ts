import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { DesiredState } from "../../../sdk/host/desired";
import { payload } from "../../../sdk/host/payload";
import { tar } from "../../../sdk/host/tar";

const desired: DesiredState = {
  concept: "mosquitto",
  component: "project/stack/broker",
  identity: "0123456789abcdef",
  root: "/etc/mosquitto",
  packages: ["mosquitto"],
  units: ["mosquitto.service"],
  links: [{ path: "/etc/systemd/system/x.conf", target: "systemd.conf" }],
  scripts: { "hooks.sh": "#!/bin/sh\n" },
  files: [
    {
      path: "passwd",
      content: "sensor1:$7$hash\n",
      mode: "0600",
      owner: "mosquitto",
      group: "mosquitto",
      shown: "name",
    },
    {
      path: "conf.d/tls.conf",
      content: "listener 8883 # ümläut\n",
      mode: "0644",
      owner: "root",
      group: "root",
      shown: "content",
    },
  ],
};

describe("payload", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "payload-"))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** The archive that the shell would unpack, unpacked by the real base64, gzip and tar. */
  function unpack(text: string): string {
    const body = /base64 -d <<'END'\n([^]*?)\nEND\n/.exec(text)?.[1] ?? "";
    execFileSync("sh", ["-c", 'base64 -d | tar -xzf - -C "$0"', folder], { input: body });
    return folder;
  }

  it("carries every file and script, byte for byte, and a state that names them", () => {
    const at = unpack(payload({ ...desired, suite: "trixie" }, () => "id"));
    assert.equal(readFileSync(join(at, "files/conf.d/tls.conf"), "utf8"), "listener 8883 # ümläut\n");
    assert.equal(readFileSync(join(at, "files/hooks.sh"), "utf8"), "#!/bin/sh\n");
    assert.ok(existsSync(join(at, "apply.sh")) && existsSync(join(at, "remove.sh")));
    const state = readFileSync(join(at, "state"), "utf8").split("\n");
    for (const line of [
      "concept mosquitto",
      "suite trixie",
      "package mosquitto",
      "unit mosquitto.service",
      "link /etc/systemd/system/x.conf systemd.conf",
      "file 0600 mosquitto mosquitto passwd",
      "file 0644 root root hooks.sh",
    ])
      assert.ok(state.includes(line), `${line} in ${state.join("|")}`);
  });

  it("says whose the files will be, and who may read them", () => {
    const body = /base64 -d <<'END'\n([^]*?)\nEND\n/.exec(payload(desired, () => "id"))?.[1] ?? "";
    const listing = execFileSync("sh", ["-c", "base64 -d | tar -tvzf -"], { input: body }).toString();
    assert.match(listing, /^-rw------- mosquitto\/mosquitto .* files\/passwd$/m);
    assert.match(listing, /^-rw-r--r-- root\/root .* files\/conf\.d\/tls\.conf$/m);
    assert.match(listing, /^-rw-r--r-- root\/root .* files\/hooks\.sh$/m);
  });

  it("is the same for the same state in another order, and another for other bytes or another mode", () => {
    const again = { ...desired, files: [...desired.files].reverse() };
    assert.equal(
      payload(again, () => "id"),
      payload(desired, () => "id"),
    );
    const digest = (d: DesiredState) =>
      /^digest .*$/m.exec(readFileSync(join(unpack(payload(d, () => "id")), "state"), "utf8"))?.[0];
    const [first] = desired.files;
    assert.ok(first);
    assert.notEqual(
      digest({ ...desired, files: [{ ...first, content: "other" }] }),
      digest({ ...desired, files: [first] }),
    );
    assert.notEqual(
      digest({ ...desired, files: [{ ...first, mode: "0644" }] }),
      digest({ ...desired, files: [first] }),
    );
  });

  it("keeps file contents out of the state, which stays on the Pi", () => {
    assert.ok(!readFileSync(join(unpack(payload(desired, () => "id")), "state"), "utf8").includes("$7$hash"));
  });

  it("has no value that makes a line of its own", () => {
    const bad = "y\nlink /etc/cron.d/pwn plan";
    const torn: readonly Partial<DesiredState>[] = [
      { component: bad },
      { identity: bad },
      { packages: [bad] },
      { units: ["x\r"] },
      { links: [{ path: "/x\0", target: "y" }] },
      { files: desired.files.map((file) => ({ ...file, path: bad })) },
      { scripts: { [bad]: "" } },
    ];
    for (const part of torn)
      assert.throws(
        () => payload({ ...desired, ...part }, () => "id"),
        /holds a control character/,
        JSON.stringify(part),
      );
    assert.throws(() => payload({ ...desired, suite: "trixie\nroot /" }, () => "id"), /holds a control character/);
  });

  it("does nothing at all when the connection drops before the last line", () => {
    const marker = join(folder, "ran");
    writeFileSync(join(folder, "id"), `#!/bin/sh\n: > ${marker}\n`);
    chmodSync(join(folder, "id"), 0o755);
    const text = payload(desired, () => "id");
    const run = (input: string) => spawnSync("/bin/sh", ["-s", "apply"], { input, env: { PATH: folder } });
    for (const part of [0.01, 0.1, 0.5, 0.9, 0.99]) run(text.slice(0, Math.floor(text.length * part)));
    run(text.slice(0, text.lastIndexOf('main "$@"')));
    assert.ok(!existsSync(marker));
    run(text);
    assert.ok(existsSync(marker), "the whole text runs main, so the check above can fail");
  });
});

describe("tar", () => {
  it("refuses a name that its header cannot hold", () => {
    assert.throws(() => tar([{ name: "x".repeat(101), content: "" }]), /over 100 bytes/);
  });
});
