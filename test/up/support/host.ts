import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { LabHost } from "../../lab";

/** What a command line prints as root. @throws AssertionError when it fails. */
export async function asRoot(host: LabHost, command: string, stdin?: string): Promise<string> {
  const { code, stdout, stderr } = await host.root(command, stdin === undefined ? {} : { stdin });
  assert.equal(code, 0, `${host.name}: ${command}: ${stderr}`);
  return stdout.trim();
}

/** Lines that two snapshots do not share: `- before`, `+ after`. */
export function differences(before: string, after: string): string[] {
  const [old, now] = [before.split("\n"), after.split("\n")].map((lines) => new Set(lines));
  return [
    ...[...(old ?? [])].filter((line) => !now?.has(line)).map((line) => `- ${line}`),
    ...[...(now ?? [])].filter((line) => !old?.has(line)).map((line) => `+ ${line}`),
  ];
}

/** What the host is made of; see snapshot.sh. */
export function snapshot(host: LabHost): Promise<string> {
  return asRoot(host, "sh -s", readFileSync(join(__dirname, "snapshot.sh"), "utf8"));
}

/** The broker's files, the time each was last written or changed, and the process that runs them. */
export function footprint(host: LabHost): Promise<string> {
  const folders = "/etc/mosquitto /etc/systemd/system /var/lib/pulumi-mosquitto-pi";
  // A folder's own times also change when something in it is tried and taken away again.
  const files = `find ${folders} ! -type d -printf '%p %T@ %C@\\n' -o -print | sort`;
  return asRoot(host, `${files}; systemctl show mosquitto.service -p MainPID -p NRestarts`);
}

/** The live generation's name. */
export function liveGeneration(host: LabHost): Promise<string> {
  return asRoot(host, "readlink /etc/mosquitto/current");
}

/** What a service has said. */
export function journal(host: LabHost, unit: string, since = "yesterday"): Promise<string> {
  return asRoot(host, `journalctl -o cat --no-pager -u ${unit}.service --since '${since}'`);
}

/** How much of the host a service could do harm to, from 0 to 10, as systemd sees it. */
export async function exposure(host: LabHost, unit: string): Promise<number> {
  const said = await asRoot(host, `systemd-analyze security --no-pager ${unit}.service`);
  return Number(/exposure level for \S+: ([\d.]+) /.exec(said)?.[1]);
}

/** SSH logins that the host has seen so far, this one included: it is waited for, since sshd's words take their time. */
export async function logins(host: LabHost): Promise<number> {
  const seen = "sudo -n journalctl --no-pager -o cat -u ssh.service | grep 'Accepted publickey'";
  const { code, stdout, stderr } = await host.ssh(
    `port=$(echo $SSH_CONNECTION | cut -d ' ' -f 2); until ${seen} | grep -q " port $port "; do sleep 0.1; done; ${seen} | wc -l`,
  );
  assert.equal(code, 0, stderr);
  return Number(stdout);
}
