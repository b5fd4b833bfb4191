import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { readScripts } from "../../../sdk/host/scripts";
import { repository } from "../../support/markdown";

describe("the shell files as they are sent", () => {
  for (const folder of [
    "sdk/host/shell",
    "sdk/host/shell/hooks",
    "sdk/mosquitto/shell",
    "sdk/network/shell",
    "sdk/firewall/shell",
    "sdk/fail2ban/shell",
    "sdk/os/shell",
  ].map((path) => join(repository, path))) {
    const sent = readScripts(folder);

    for (const name of readdirSync(folder).filter((file) => file.endsWith(".sh")))
      it(`${name} is the same program, without comments`, () => {
        const written = readFileSync(join(folder, name), "utf8");
        assert.equal(minified(sent[name] ?? ""), minified(written));
        assert.doesNotMatch(sent[name] ?? "", /^\s*#[^!]/m);
      });
  }
});

/** By shfmt, which knows a comment from a line of a text that starts with `#`. */
function minified(script: string): string {
  return execFileSync("shfmt", ["-ln", "posix", "-mn"], { input: script, encoding: "utf8" });
}
