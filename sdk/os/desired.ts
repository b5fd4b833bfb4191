import { join } from "node:path";

import { type DesiredState, openFile } from "../host/desired";
import type { Foresee } from "../host/look/plan";
import { type Identity, ownerOf } from "../host/owner";
import { ROOTS } from "../host/roots";
import { hookWords, readScripts } from "../host/scripts";
import type { OsSettings } from "./model";
import { renderSettings, renderUnattended } from "./render";

/** What an operating system's settings go by on a Pi. */
export const CONCEPT = "os";

const SCRIPTS = { ...hookWords(), ...readScripts(join(__dirname, "shell")) };

/** What a Pi's operating system is to be like. */
export function desiredState(settings: OsSettings, { seed, component }: Identity): DesiredState {
  const { hostname, timezone, upgrade } = settings;
  const root = ROOTS[CONCEPT];
  const unattended = renderUnattended(settings);
  const installsItself = unattended !== undefined && settings.unattendedUpgrades !== false;
  return {
    concept: CONCEPT,
    ...ownerOf(seed, component),
    root,
    packages: [
      ...(hostname == null ? [] : ["avahi-daemon"]),
      ...(timezone == null ? [] : ["tzdata"]),
      ...(installsItself ? ["unattended-upgrades"] : []),
    ],
    upgrade: upgrade == null || upgrade === "none" ? undefined : upgrade,
    units: [
      ...(hostname == null ? [] : ["avahi-daemon.service"]),
      ...(installsItself ? ["apt-daily.timer", "apt-daily-upgrade.timer"] : []),
    ],
    files: [
      openFile("settings", renderSettings(settings)),
      ...(unattended === undefined ? [] : [openFile("unattended-upgrades", unattended)]),
    ],
    links:
      unattended === undefined
        ? []
        : [{ path: "/etc/apt/apt.conf.d/52pulumi-mosquitto-pi", target: `${root}/current/unattended-upgrades` }],
    scripts: SCRIPTS,
  };
}

/** What a preview says of it beside files and packages. */
export function forecast({ upgrade, rebootIfRequired }: OsSettings): Foresee {
  const upgrades = {
    none: "",
    security: "the security updates that there are are installed",
    full: "the upgrades that there are are installed",
  };
  const words = [upgrades[upgrade ?? "none"], rebootIfRequired === true ? "a restart if it needs one" : ""];
  return () => words.filter((it) => it !== "").join(", then ");
}
