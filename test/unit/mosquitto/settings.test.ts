import assert from "node:assert/strict";

import fc from "fast-check";

import { settingLines } from "../../../sdk/mosquitto/settings";
import { examine, SMALL } from "../../support/brokers";
import { oddText } from "../../support/oddText";

function mistakes(settings: unknown, suite?: string): string[] {
  return examine({ ...SMALL, settings, suite }).found.map(({ path, fix = "" }) => `${path}: ${fix}`);
}

describe("settings", () => {
  it("may hold what no argument covers", () => {
    assert.deepEqual(mistakes({ sys_interval: 60, auto_id_prefix: "auto-", retain_available: false }), []);
  });

  it("point to the argument where there is one", () => {
    assert.deepEqual(mistakes({ allow_anonymous: true, max_packet_size: 1 }), [
      "settings.allow_anonymous: use `allowAnonymous`",
      "settings.max_packet_size: use `limits.maxPacketSize`",
    ]);
  });

  it("open nothing", () => {
    for (const key of [
      "user",
      "per_listener_settings",
      "plugin",
      "auth_plugin",
      "include_dir",
      "psk_file",
      "persistence_file",
      "http_dir",
      "acl_file",
      "password_file",
      "listener",
      "port",
      "connection",
      "require_certificate",
    ])
      assert.equal(mistakes({ [key]: "x" }).length, 1, key);
  });

  it("are known to the host's version", () => {
    assert.deepEqual(mistakes({ retain_expiry_interval: 60 }, "trixie"), []);
    for (const suite of ["bookworm", undefined])
      assert.equal(mistakes({ retain_expiry_interval: 60 }, suite).length, 1);
    assert.deepEqual(mistakes({ sys_intervall: 60 }), ['settings.sys_intervall: did you mean "sys_interval"?']);
  });

  it("make one line each, or a mistake", () => {
    const key = fc.oneof(
      fc.constantFrom("sys_interval", "auto_id_prefix", "log_timestamp_format", "constructor", "__proto__"),
      oddText,
    );
    const value = fc.oneof(oddText, fc.integer(), fc.boolean(), fc.double());
    fc.assert(
      fc.property(fc.dictionary(key, value), (settings) => {
        if (mistakes(settings).length > 0) return;
        const lines = settingLines(settings).map((line) => [
          line.slice(0, line.indexOf(" ")),
          line.slice(line.indexOf(" ") + 1),
        ]);
        assert.equal(settingLines(settings).join("\n").split("\n").length, Math.max(1, Object.keys(settings).length));
        assert.deepEqual(
          Object.fromEntries(lines),
          Object.fromEntries(Object.entries(settings).map(([k, v]) => [k, String(v)])),
        );
      }),
      { numRuns: 500 },
    );
  });
});
