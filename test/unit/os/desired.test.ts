import assert from "node:assert/strict";

import { generationState } from "../../../sdk/host/generation";
import { desiredState } from "../../../sdk/os/desired";
import type { OsSettings } from "../../../sdk/os/model";

const IDENTITY = { seed: "seed", component: "project/stack/os" };

function lines(settings: OsSettings): string[] {
  return generationState(desiredState(settings, IDENTITY)).text.split("\n");
}

function content(settings: OsSettings, path: string): string | undefined {
  return desiredState(settings, IDENTITY).files.find((file) => file.path === path)?.content;
}

describe("what an operating system wants of its host", () => {
  it("is that its clock is right, and no more, when nothing is said", () => {
    const settings = {};
    assert.equal(content(settings, "settings"), "time-sync yes\n");
    assert.deepEqual(
      lines(settings).filter((line) => /^(package|unit|link|upgrade) /.test(line)),
      [],
    );
    assert.equal(content({ timeSync: false }, "settings"), "");
  });

  it("is all that is said, with the packages and services that it takes", () => {
    const settings: OsSettings = {
      hostname: "mqtt-pi",
      timezone: "Europe/Berlin",
      upgrade: "full",
      rebootIfRequired: true,
      unattendedUpgrades: { rebootAt: "04:00" },
    };
    assert.equal(
      content(settings, "settings"),
      "hostname mqtt-pi\ntimezone Europe/Berlin\ntime-sync yes\nrestart-if-required yes\n",
    );
    assert.deepEqual(
      lines(settings).filter((line) => /^(package|unit|link|upgrade) /.test(line)),
      [
        "package avahi-daemon",
        "package tzdata",
        "package unattended-upgrades",
        "upgrade full",
        "unit avahi-daemon.service",
        "unit apt-daily.timer",
        "unit apt-daily-upgrade.timer",
        "link /etc/apt/apt.conf.d/52pulumi-mosquitto-pi /var/lib/pulumi-mosquitto-pi/os/wanted/current/unattended-upgrades",
      ],
    );
    assert.match(
      content(settings, "unattended-upgrades") ?? "",
      /Unattended-Upgrade "1";\n.*Automatic-Reboot "true";\n.*\n.*Automatic-Reboot-Time "04:00";\n#clear [^]*Debian-Security";\n$/,
    );
  });

  it("is that upgrades by themselves stop, where that is said", () => {
    const settings = { unattendedUpgrades: false };
    assert.match(
      content(settings, "unattended-upgrades") ?? "",
      /Unattended-Upgrade "0";\n.*Automatic-Reboot "false";\n$/,
    );
    assert.deepEqual(
      lines(settings).filter((line) => /^(package|unit) /.test(line)),
      [],
    );
  });
});
