import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

import type { LabHost } from "../../lab";
import { asRoot } from "./host";

/** The broker's process; 0 when there is none. */
export function mainPid(host: LabHost): Promise<string> {
  return asRoot(host, "systemctl show mosquitto.service -p MainPID --value");
}

/** A SIGHUP past all guards. Settles when the broker has taken notice; it answers nobody until it has reloaded. */
export async function rawSignal(host: LabHost): Promise<void> {
  const log = "/var/log/mosquitto/mosquitto.log";
  const reloads = async () => Number(await asRoot(host, `grep -c 'Reloading config' ${log} || :`));
  const before = await reloads();
  await asRoot(host, "systemctl kill --signal=HUP --kill-whom=main mosquitto.service");
  await until(async () => (await reloads()) > before);
}

/** Runs a command that reloads the broker, and expects a restart in its place. */
export async function restartedBy(host: LabHost, command: string, reason: RegExp): Promise<void> {
  const pid = await mainPid(host);
  await asRoot(host, command);
  await until(async () => !["0", pid].includes(await mainPid(host)));
  // Settles when the start is over.
  await asRoot(host, "systemctl start mosquitto.service");
  // On a busy machine, a connection has been seen to be closed again even then.
  await until(async () => (await host.root("openssl s_client -connect 127.0.0.1:8883 </dev/null")).code === 0);
  const journal = await asRoot(host, "journalctl -u mosquitto.service -n 20 -o cat --no-pager");
  assert.match(/restart in place of reload: (.*)/.exec(journal)?.[1] ?? journal, reason);
}

/** Asks again and again, and fails when it never is so. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries += 1) {
    assert.ok(tries < 300);
    await pause(100);
  }
}
