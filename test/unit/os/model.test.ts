import assert from "node:assert/strict";

import { Field, UNKNOWN } from "../../../sdk/core/field";
import { formatIssues } from "../../../sdk/core/issue";
import { checkOs } from "../../../sdk/os/model";

function mistakes(args: object): string[] {
  const field = new Field(args);
  checkOs(field);
  return formatIssues("", "", field.found)
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}

describe("the settings of an operating system", () => {
  it("are right as the manual has them", () => {
    assert.deepEqual(mistakes({}), []);
    assert.deepEqual(
      mistakes({
        hostname: "mqtt-pi",
        timezone: "Europe/Berlin",
        upgrade: "security",
        rebootIfRequired: true,
        unattendedUpgrades: { rebootAt: "04:00" },
        timeSync: false,
      }),
      [],
    );
    assert.deepEqual(mistakes({ hostname: UNKNOWN, timezone: UNKNOWN, unattendedUpgrades: UNKNOWN }), []);
  });

  for (const timezone of ["UTC", "Etc/GMT+2", "Asia/Kolkata", "America/Argentina/Buenos_Aires", "US/Eastern"])
    it(`have a time zone: ${timezone}`, () => {
      assert.deepEqual(mistakes({ timezone }), []);
    });

  const wrong: readonly (readonly [object, string])[] = [
    [{ hostname: "mqtt-pi.local" }, 'did you mean "mqtt-pi"?'],
    [{ hostname: "MQTT-Pi" }, 'did you mean "mqtt-pi"?'],
    [{ hostname: "mqtt_pi" }, "letters, digits and hyphens"],
    [{ hostname: "-pi" }, "letters, digits and hyphens"],
    [{ hostname: "127" }, "letters, digits and hyphens"],
    [{ hostname: "localhost" }, "letters, digits and hyphens"],
    [{ hostname: "a".repeat(64) }, "letters, digits and hyphens"],
    [{ hostname: "pi\nlocalhost" }, "letters, digits and hyphens"],
    [{ timezone: "europe/berlin" }, 'did you mean "Europe/Berlin"?'],
    [{ timezone: "Europe/Berln" }, 'did you mean "Europe/Berlin"?'],
    [{ timezone: "berlin" }, 'did you mean "Europe/Berlin"?'],
    [{ timezone: "+02:00" }, "a time zone of the tz database"],
    [{ timezone: "../../etc/shadow" }, "a time zone of the tz database"],
    [{ upgrade: "all" }, '"none" or "security" or "full"'],
    [{ upgrade: true }, '"none" or "security" or "full"'],
    [{ rebootIfRequired: "yes" }, "true or false"],
    [{ timeSync: "ntp" }, "true or false"],
    [{ unattendedUpgrades: "daily" }, "true, false, or an object with `rebootAt`"],
    [{ unattendedUpgrades: { rebootAt: "4:00" } }, 'a time of day, such as "04:00"'],
    [{ unattendedUpgrades: { rebootAt: "24:00" } }, 'a time of day, such as "04:00"'],
    [{ unattendedUpgrades: { reboot: "04:00" } }, "no such argument"],
  ];
  for (const [args, text] of wrong)
    it(`are refused: ${JSON.stringify(args).slice(0, 60)}`, () => {
      const [found = "", ...more] = mistakes(args);
      assert.ok(found.includes(text), found);
      assert.deepEqual(more, []);
    });
});
