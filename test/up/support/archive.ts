import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { LabHost } from "../../lab";
import { asRoot } from "./host";

const SCRIPT = readFileSync(join(__dirname, "archive.sh"), "utf8");

/** Publishes a package in an archive on a host itself, which its apt then knows; with a script that configures it. */
export async function publish(
  host: LabHost,
  label: string,
  name: string,
  version: string,
  postinst = "",
): Promise<void> {
  await asRoot(host, `sh -s ${label} ${name} ${version} '${postinst}'`, SCRIPT);
}
