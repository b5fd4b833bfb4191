import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { DesiredState } from "../host/desired";
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
  // systemd takes a link of another name than its file's for an alias.
  const unit = `${WATCH}.service`;
  const file = (path: string, content: string) =>
    ({ path, content, mode: "0644", owner: "root", group: "root", shown: "content" }) as const;
  return {
    concept: CONCEPT,
    ...ownerOf(seed, component),
    root,
    packages: ["fail2ban", "python3-systemd", model.action],
    units: ["fail2ban.service", unit],
    files: [
      file("jail.conf", renderJail(model)),
      file("sshd.conf", renderSshDefaults(model)),
      file("filter.conf", renderFilter()),
      file(unit, renderWatch(model, live)),
      { ...file("listeners", renderListeners(model)), shown: "nothing" },
      ...PROGRAMS.map(([name, content]) => ({ ...file(name, content), shown: "nothing" as const })),
    ],
    links: [
      { path: "/etc/fail2ban/jail.d/zz-pulumi-mosquitto-pi.conf", target: `${live}/jail.conf` },
      { path: "/etc/fail2ban/jail.d/00-pulumi-mosquitto-pi.conf", target: `${live}/sshd.conf` },
      { path: `/etc/fail2ban/filter.d/${JAIL}.conf`, target: `${live}/filter.conf` },
      { path: `/etc/systemd/system/${unit}`, target: `${live}/${unit}` },
      { path: `/etc/systemd/system/multi-user.target.wants/${unit}`, target: `${live}/${unit}` },
    ],
    scripts: SCRIPTS,
  };
}
