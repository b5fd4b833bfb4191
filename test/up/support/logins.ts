import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { LabHost } from "../../lab";
import { asRoot } from "./host";

export const PASSPHRASE = "of-the-encrypted-key";
export const ROOT_PASSWORD = "of-root-for-this-test";

/** Lets root log in with {@link ROOT_PASSWORD}. */
export async function allowRootPassword(host: LabHost): Promise<void> {
  const options = "PermitRootLogin yes\\nPasswordAuthentication yes\\nKbdInteractiveAuthentication no\\n";
  await asRoot(host, `printf '${options}' >/etc/ssh/sshd_config.d/00-root.conf; systemctl reload ssh.service`);
  await asRoot(host, "chpasswd", `root:${ROOT_PASSWORD}\n`);
}

/** A new private key for user pi, encrypted with {@link PASSPHRASE}. */
export async function encryptedKey(host: LabHost, folder: string): Promise<string> {
  const file = join(folder, "encrypted");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", PASSPHRASE, "-f", file]);
  await asRoot(host, "cat >>/home/pi/.ssh/authorized_keys", readFileSync(`${file}.pub`, "utf8"));
  return readFileSync(file, "utf8");
}

export interface SshAgent {
  readonly socket: string;
  readonly pid: number;
}

/** An agent that has the host's login key. Its folder's path must be short. */
export function startAgent({ privateKeyPath }: LabHost, folder: string): SshAgent {
  const socket = join(folder, "agent");
  const printed = execFileSync("ssh-agent", ["-a", socket], { encoding: "utf8" });
  execFileSync("ssh-add", ["-q", privateKeyPath], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  return { socket, pid: Number(/SSH_AGENT_PID=(\d+)/.exec(printed)?.[1]) };
}
