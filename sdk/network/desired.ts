import { join } from "node:path";

import { type DesiredState, openFile } from "../host/desired";
import { type Identity, ownerOf } from "../host/owner";
import { patienceFiles } from "../host/patience";
import { ROOTS } from "../host/roots";
import { hookScripts, readScripts } from "../host/scripts";
import type { StaticIpSettings } from "./model";
import { renderProfile } from "./render";

/** What a Pi's address goes by there. */
export const CONCEPT = "network";

const SCRIPTS = { ...hookScripts(), ...readScripts(join(__dirname, "shell")) };

/** What a fixed address wants of its host. */
export function desiredState(settings: StaticIpSettings, { seed, component }: Identity): DesiredState {
  return {
    concept: CONCEPT,
    ...ownerOf(seed, component),
    root: ROOTS[CONCEPT],
    packages: [],
    units: [],
    files: [
      openFile("profile", renderProfile(settings)),
      ...patienceFiles(settings),
      ...(settings.device == null ? [] : [openFile("device", `${settings.device}\n`)]),
    ],
    links: [],
    scripts: SCRIPTS,
  };
}
