import { join } from "node:path";

import { type DesiredState, openFile } from "../host/desired";
import { type Identity, ownerOf } from "../host/owner";
import { patienceFiles } from "../host/patience";
import { ROOTS } from "../host/roots";
import { hookScripts, readScripts } from "../host/scripts";
import type { FirewallSpec } from "./model";
import { renderRules } from "./render";

/** What a Pi's firewall goes by there. */
export const CONCEPT = "firewall";

const SCRIPTS = { ...hookScripts(), ...readScripts(join(__dirname, "shell")) };

/** What a firewall wants of its host. */
export function desiredState(spec: FirewallSpec, { seed, component }: Identity): DesiredState {
  return {
    concept: CONCEPT,
    ...ownerOf(seed, component),
    root: ROOTS[CONCEPT],
    packages: ["ufw"],
    units: [],
    files: [
      openFile("rules", renderRules(spec)),
      ...patienceFiles(spec),
      // Read by nobody: that another port of the connection is another desired state.
      openFile("connection", `${spec.sshPort}\n`, "nothing"),
      ...(spec.exclusive === true ? [openFile("exclusive", "yes\n")] : []),
    ],
    links: [],
    scripts: SCRIPTS,
  };
}
