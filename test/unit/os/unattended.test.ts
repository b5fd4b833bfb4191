import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { renderUnattended } from "../../../sdk/os/render";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporaryFolder";

const SHELL = resolve(__dirname, "../../../sdk/os/shell");

const HOOK = `
set -eu
dir=$0
PATH=$0:$PATH
. ${SHELL}/unattended.sh
take_back() { echo "error: $1"; exit 1; }
`;

const POLICY = " 500 http://somewhere/debian bookworm/main\\n     release v=12,o=Debian,n=bookworm,l=";

describe("upgrades that a host is to install by itself", () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = temporaryFolder("unattended");
  });

  afterEach(() => {
    folder.remove();
  });

  it("are refused where no source has any, since there would never be one", () => {
    wants(true);
    says("apt-cache", `${POLICY}Debian-Security\\n`);
    assert.equal(sh("check_source"), "");
    says("apt-cache", `${POLICY}Raspbian\\n`);
    assert.match(
      sh("check_source"),
      /^error: unattendedUpgrades: expected a source of security updates on this host, /,
    );
    wants(false);
    assert.equal(sh("check_source"), "");
    wants(undefined);
    assert.equal(sh("check_source"), "");
  });

  it("are as wanted when apt reads each line of ours, whoever adds to a list", () => {
    const ours = wants({ rebootAt: "04:00" }).replace(/^#.*\n/gm, "");
    says("apt-config", `${ours}Unattended-Upgrade::Origins-Pattern:: "label=Raspbian";\\n`);
    assert.equal(sh("check_overruled; describe_unattended"), "setting unattended-upgrades as wanted\n");
  });

  it("are not when another file says something else of any of them", () => {
    const ours = wants({ rebootAt: "04:00" }).replace(/^#.*\n/gm, "");
    for (const line of ours.trim().split("\n")) {
      const [key = ""] = line.split(" ");
      says("apt-config", ours.replace(line, `${key.toLowerCase()} "other";`));
      assert.equal(sh("describe_unattended"), `setting unattended-upgrades ${key} "other"\n`);
      assert.match(
        sh("check_overruled"),
        new RegExp(`^error: unattendedUpgrades: expected .*, got ${key} "other" by `),
      );
      says("apt-config", ours.replace(line, ""));
      assert.equal(sh("describe_unattended"), `setting unattended-upgrades ${key} nothing\n`);
    }
  });

  function wants(unattendedUpgrades: Parameters<typeof renderUnattended>[0]["unattendedUpgrades"]): string {
    const text = renderUnattended({ unattendedUpgrades }) ?? "";
    const path = join(folder.path, "unattended-upgrades");
    if (text === "") rmSync(path, { force: true });
    else writeFileSync(path, text);
    return text;
  }

  function says(program: string, text: string): void {
    writeFileSync(join(folder.path, program), `#!/bin/sh\nprintf '${text}'\n`, { mode: 0o755 });
  }

  function sh(script: string): string {
    return spawnSync("sh", ["-c", `${HOOK}${script}`, folder.path], { encoding: "utf8" }).stdout;
  }
});
