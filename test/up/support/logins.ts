import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Login } from "../../../sdk/host/ssh/auth";
import type { LabHost } from "../../lab";
import { temporaryFolder } from "../../support/temporaryFolder";
import { asRoot } from "./host";

const PASSPHRASE = "of-the-encrypted-key";
const ROOT_PASSWORD = "of-root-for-this-test";

/** Kinds of login that hosts of the lab do not have by themselves, until they are disposed of. */
export interface Logins extends Disposable {
  readonly byEncryptedKey: Login;
  readonly byAgent: Login;
  /** With the encrypted key; the other host is the bastion. */
  readonly throughBastion: Login & { readonly proxy: Login };
  /** To the bastion, as root. */
  readonly byPassword: Login;
}

/** Sets them up on a host, and on another one that is its bastion. */
export async function setUpLogins(host: LabHost, bastion: LabHost): Promise<Logins> {
  // Outside: the path of an agent's socket must be short.
  const folder = temporaryFolder("logins", "outside");
  await allowRootPassword(bastion);
  const privateKey = await encryptedKey(host, folder.path);
  const byEncryptedKey = { ...at(host), user: "pi", privateKey, privateKeyPassword: PASSPHRASE };
  const agent = startAgent(host, folder.path);
  return {
    byEncryptedKey,
    byAgent: { ...at(host), user: "pi", agentSocketPath: agent.socket },
    throughBastion: { ...byEncryptedKey, proxy: byKey(bastion) },
    byPassword: { ...at(bastion), user: "root", password: ROOT_PASSWORD },
    [Symbol.dispose]() {
      process.kill(agent.pid);
      folder.remove();
    },
  };
}

/** The login that every host of the lab has. */
export function byKey(host: LabHost): Login {
  return { ...at(host), user: host.user, privateKey: host.privateKey };
}

function at({ ip, hostKey }: LabHost) {
  return { host: ip, hostKey, dialErrorLimit: 3 };
}

/** Lets root log in with {@link ROOT_PASSWORD}. */
async function allowRootPassword(host: LabHost): Promise<void> {
  const options = "PermitRootLogin yes\\nPasswordAuthentication yes\\nKbdInteractiveAuthentication no\\n";
  // A reload returns before sshd listens again.
  const restart = `printf '${options}' >/etc/ssh/sshd_config.d/00-root.conf && systemctl restart ssh.service`;
  await asRoot(host, `chpasswd && ${restart}`, `root:${ROOT_PASSWORD}\n`);
}

/** A new private key for user pi, encrypted with {@link PASSPHRASE}. */
async function encryptedKey(host: LabHost, folder: string): Promise<string> {
  const file = join(folder, "encrypted");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", PASSPHRASE, "-f", file]);
  await asRoot(host, "cat >>/home/pi/.ssh/authorized_keys", readFileSync(`${file}.pub`, "utf8"));
  return readFileSync(file, "utf8");
}

/** An agent that has the host's login key. */
function startAgent({ privateKeyPath }: LabHost, folder: string) {
  const socket = join(folder, "agent");
  const printed = execFileSync("ssh-agent", ["-a", socket], { encoding: "utf8" });
  execFileSync("ssh-add", ["-q", privateKeyPath], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  return { socket, pid: Number(/SSH_AGENT_PID=(\d+)/.exec(printed)?.[1]) };
}
