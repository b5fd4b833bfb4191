import { spawn, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";

export interface Sshd {
  port: number;
  hostKey: string;
  /** A key that the server does not have. */
  otherHostKey: string;
  privateKey: string;
  encryptedKey: string;
  keyPassword: string;
  password: string;
  stop(): Promise<void>;
}

/** Debian's sshd on a loopback port, with keys and a root password that nothing else knows. */
export async function startSshd(dir: string): Promise<Sshd> {
  if (!existsSync("/usr/sbin/sshd")) {
    throw new Error("this test needs sshd: apt-get install openssh-server");
  }
  const at = (name: string) => join(dir, name);
  const read = (name: string) => readFileSync(at(name), "utf8");
  const keyPassword = randomBytes(12).toString("hex");
  const password = randomBytes(12).toString("hex");
  for (const [name, passphrase] of Object.entries({ host: "", other: "", login: "", encrypted: keyPassword })) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-C", "", "-N", passphrase, "-f", at(name)]);
  }
  writeFileSync(at("authorized"), read("login.pub") + read("encrypted.pub"));
  const hash = execFileSync("openssl", ["passwd", "-6", "-stdin"], { input: password, encoding: "utf8" }).trim();
  const shadow = readFileSync("/etc/shadow", "utf8").replace(/^root:[^:]*:/m, () => `root:${hash}:`);
  writeFileSync(at("shadow"), shadow, { mode: 0o600 });
  const { port, server } = await listen();
  server.close();
  writeFileSync(at("config"), configuration(port, at));

  const child = spawn("unshare", ["--mount", "sh", join(__dirname, "sshd.sh"), at("config"), at("shadow")]);
  let log = "";
  await new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (text: Buffer) => {
      log += text.toString();
      if (log.includes("Server listening")) resolve();
    });
    child.on("exit", () => {
      reject(new Error(`sshd ended: ${log}`));
    });
  });
  return {
    port,
    password,
    keyPassword,
    hostKey: read("host.pub").trim(),
    otherHostKey: read("other.pub").trim(),
    privateKey: read("login"),
    encryptedKey: read("encrypted"),
    stop: async () => {
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}

/** A server on a free loopback port. */
export async function listen(): Promise<{ port: number; server: Server }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, server };
}

function configuration(port: number, at: (name: string) => string): string {
  return `ListenAddress 127.0.0.1
Port ${String(port)}
HostKey ${at("host")}
PidFile none
AuthorizedKeysFile ${at("authorized")}
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
AcceptEnv CONTRACT_* PULUMI_COMMAND_*
MaxStartups 100
Subsystem sftp internal-sftp
`;
}
