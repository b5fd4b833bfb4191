import { readFileSync } from "node:fs";
import { join } from "node:path";

import { type DesiredState, openFile, unitLinks } from "../host/desired";
import { type Identity, ownerOf } from "../host/owner";
import { ROOTS } from "../host/roots";
import { hookWords, readScripts } from "../host/scripts";
import type { JailModel } from "./model";
import { JAIL, renderFilter, renderJail, renderListeners, renderSshDefaults, renderWatch, WATCH } from "./render";

/** What a jail's things on the Pi go by. */
export const CONCEPT = "fail2ban";

const SHELL = join(__dirname, "shell");
const SCRIPTS = { ...hookWords(), ...readScripts(SHELL) };
const PROGRAMS = ["watch.py", "canary.py"].map((name) => [name, readFileSync(join(SHELL, name), "utf8")] as const);

/** What a jail wants of its host. */
export function desiredState(model: JailModel, { seed, component }: Identity): DesiredState {
  const root = ROOTS[CONCEPT];
  const live = `${root}/current`;
  const unit = `${WATCH}.service`;
  return {
    concept: CONCEPT,
    ...ownerOf(seed, component),
    root,
    packages: ["fail2ban", "python3-systemd", model.action],
    units: ["fail2ban.service", unit],
    files: [
      openFile("jail.conf", renderJail(model)),
      openFile("sshd.conf", renderSshDefaults(model)),
      openFile("filter.conf", renderFilter()),
      openFile(unit, renderWatch(model, live)),
      openFile("listeners", renderListeners(model), "nothing"),
      ...PROGRAMS.map(([name, content]) => openFile(name, content, "nothing")),
    ],
    links: [
      { path: "/etc/fail2ban/jail.d/zz-pulumi-mosquitto-pi.conf", target: `${live}/jail.conf` },
      { path: "/etc/fail2ban/jail.d/00-pulumi-mosquitto-pi.conf", target: `${live}/sshd.conf` },
      { path: `/etc/fail2ban/filter.d/${JAIL}.conf`, target: `${live}/filter.conf` },
      ...unitLinks(live, [unit], { start: unit, target: "multi-user.target" }),
    ],
    scripts: SCRIPTS,
  };
}
