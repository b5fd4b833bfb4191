import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { type TemporaryFolder, temporaryFolder } from "../../support/temporaryFolder";

const SHELL = resolve(__dirname, "../../../sdk/host/shell");

/** Packages of a made-up host: `ufw` needs `iptables`, which the jail asks for, too, and both need `python3`. */
const HOST = `
set -eu
here=$0/here memory=$0/memory/firewall wanted_packages=ufw wanted_units=""
. ${SHELL}/describe.sh
. ${SHELL}/packages.sh
interrupted() { false; }
say() { :; }
settle() { mv "$1.new" "$1"; }
describe_packages() { for it; do ! grep -qx "$it" "$0/there" || echo "package $it installed 1"; done; }
alone() { echo "$*"; }
apt() { shift 2; for it; do echo "$it goes"; sed -i "/^$it$/d" "$0/there"; done; }
PATH=$0/here:$PATH
`;

/** What it says of all that it is asked to remove; and python3 is still needed. */
const APT_GET = `#!/bin/sh
case "$*" in
  '-s remove '*) shift 2; printf 'Remv %s [1]\\n' "$@" ;;
  *autoremove) printf 'Remv %s [1]\\n' iptables libnftnl11 ;;
esac
`;

describe("packages, when a concept goes", () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = temporaryFolder("packages");
    for (const name of ["here", "memory/firewall", "memory/fail2ban", "memory/network"])
      mkdirSync(join(folder.path, name), { recursive: true });
    writeFileSync(join(folder.path, "there"), "ufw\niptables\npython3\nlibnftnl11\nfail2ban\n");
    writeFileSync(join(folder.path, "here/apt-get"), APT_GET, { mode: 0o755 });
    write("firewall/installed", "ufw", "iptables", "python3", "libnftnl11", "gone");
    write("firewall/configured", "python3", "ufw");
    write("firewall/manifest", "package ufw installed 1");
  });

  afterEach(() => {
    folder.remove();
  });

  it("go with it, but for what another concept has asked for", () => {
    jail("fail2ban", "iptables");
    assert.equal(sh("remove_packages ufw"), "ufw goes\nlibnftnl11 goes\n");
  });

  it("are left to the others, of whom the last that needs them takes them away", () => {
    jail("fail2ban");
    write("network/manifest", "id 1");
    sh("remove_packages ufw; bequeath_packages");
    assert.equal(read("fail2ban/installed"), "fail2ban\npython3\n");
    assert.equal(read("network/installed"), "python3\n");
    for (const other of ["fail2ban", "network"]) assert.equal(read(`${other}/configured`), "python3\n");
  });

  it("are no longer packages that somebody has asked for, where only what needs them is left", () => {
    jail("fail2ban");
    assert.equal(sh("wanted_packages='ufw iptables'; bequeath_packages"), "apt-mark auto ufw iptables\n");
    jail("fail2ban", "iptables");
    assert.equal(sh("wanted_packages='ufw iptables'; bequeath_packages"), "apt-mark auto ufw\n");
  });

  it("are left to nobody where no other concept is", () => {
    assert.equal(sh("bequeath_packages"), "");
  });

  function jail(...packages: string[]): void {
    write("fail2ban/installed", "fail2ban");
    write("fail2ban/manifest", ...packages.map((name) => `package ${name} installed 1`));
  }

  function sh(script: string): string {
    return execFileSync("sh", ["-c", HOST + script, folder.path], { encoding: "utf8" });
  }

  function read(name: string): string {
    return readFileSync(join(folder.path, "memory", name), "utf8");
  }

  function write(name: string, ...lines: string[]): void {
    writeFileSync(join(folder.path, "memory", name), lines.map((line) => `${line}\n`).join(""));
  }
});
