import { readFileSync } from "node:fs";
import { join } from "node:path";

import { tar } from "../../sdk/host/tar";
import { renderAcl } from "../../sdk/mosquitto/acl";
import type { LabHost } from "../lab";
import type { Variant } from "./fleet";
import { type Inputs, writeVariants } from "./inputs";
import { quoted, type Tool } from "./tool";

const FLOOR = join(__dirname, "floor");
const UNPACK_AND_APPLY = "sudo -n sh -c 'd=$(mktemp -d /run/floor.XXXXXX) && tar -xf - -C $d && sh $d/apply.sh'";

/** The floor: what has to be sent, and a shell that puts it into place. */
export function sshTool(inputs: Inputs): Tool {
  writeVariants(join(inputs.folder, "ssh"), (variant) => Object.fromEntries(files(inputs, variant)));
  return { name: "ssh script", owner: "ssh", command: onAllHosts(inputs, UNPACK_AND_APPLY) };
}

/** A line of shell that runs a command on all hosts at once. */
export function onAllHosts({ folder }: Inputs, command: string): string {
  return [join(FLOOR, "floor.sh"), join(folder, "ssh/input"), command].map(quoted).join(" ");
}

function files(inputs: Inputs, variant: Variant): [string, string | Buffer][] {
  return inputs.hosts.flatMap((host) => [
    [`${host.name}.tar`, archive(inputs, variant, host)],
    [`${host.name}.ssh`, configuration(host)],
  ]);
}

/** The host's ssh options, as a configuration file. */
function configuration({ ip, user, privateKeyPath, sshOptions }: LabHost): string {
  const options = sshOptions.filter((option) => option.includes("=")).map((option) => option.replace("=", " "));
  return [`HostName ${ip}`, `User ${user}`, `IdentityFile "${privateKeyPath}"`, ...options, ""].join("\n");
}

function archive(inputs: Inputs, variant: Variant, host: LabHost): Buffer {
  const { users, rules } = inputs.fleet(variant);
  const { certificatePem, privateKeyPem } = inputs.certificate(variant, host);
  const contents: Record<string, string> = {
    "apply.sh": readFileSync(join(FLOOR, "apply.sh"), "utf8"),
    "broker.conf": readFileSync(join(FLOOR, "broker.conf"), "utf8"),
    "systemd.conf": readFileSync(join(__dirname, "ansible/roles/mosquitto/files/systemd.conf"), "utf8"),
    "ca.crt": inputs.authority.pair().certificatePem,
    "server.crt": certificatePem,
    "server.key": privateKeyPem,
    passwd: users.map(({ username, passwordHash }) => `${username}:${passwordHash}\n`).join(""),
    acl: renderAcl(
      users.map(({ username }) => username),
      rules,
    ),
  };
  return tar(Object.entries(contents).map(([name, content]) => ({ name, content })));
}
