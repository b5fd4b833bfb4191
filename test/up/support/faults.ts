import assert from "node:assert/strict";

import type { LabHost } from "../../lab";
import { asRoot } from "./host";

/** Does something while a bash script stands in for a program, whoever runs it; in the script, `$real` is the program. */
export async function shadowed<T>(host: LabHost, program: string, script: string, act: () => Promise<T>): Promise<T> {
  const path = await asRoot(host, `realpath "$(command -v ${program})"`);
  // Each has a folder of its own, for what it has started may still run; and keeps its name, by which processes are listed.
  const folder = await asRoot(host, "mktemp -d /run/shadow.XXXXXX && chmod 0755 /run/shadow.*");
  const put = `cp ${path} ${folder}/${program} && cat >${folder}/script && chmod 0755 ${folder}/script`;
  await asRoot(host, put, `#!/bin/bash\nreal=${folder}/${program}\n${script}\n`);
  return during(host, `mount --bind ${folder}/script ${path}`, `umount --lazy ${path}`, act);
}

/** Does something between two command lines of root; the second one is run in any case. */
export async function during<T>(host: LabHost, start: string, end: string, act: () => Promise<T>): Promise<T> {
  await asRoot(host, start);
  try {
    return await act();
  } finally {
    await asRoot(host, end);
  }
}

/** Takes a lock as apt does, under the name of a program, until its unit is stopped. */
export async function holdLock(host: LabHost, unit: string, command: string, path: string): Promise<void> {
  await asRoot(host, "cat >/run/hold.pl", HOLD);
  await asRoot(host, `systemd-run --quiet --unit ${unit} bash -c 'exec -a "${command}" perl /run/hold.pl ${path}'`);
  for (let tries = 0; !(await asRoot(host, "lslocks -n -o PATH")).includes(path); tries += 1)
    assert.ok(tries < 50, `${path} was never locked`);
}

// A write lock of fcntl(2) on the whole file.
const HOLD = `use Fcntl;
open my $file, ">>", $ARGV[0] or die $!;
my $lock = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0);
fcntl($file, F_SETLKW, $lock) or die $!;
sleep 600;
`;

/** With a drop-in of somebody's for the service, which is gone afterwards; the lines are for printf. */
export function withDropIn<T>(
  host: LabHost,
  name: string,
  lines: string,
  act: (path: string) => Promise<T>,
): Promise<T> {
  const path = `/etc/systemd/system/mosquitto.service.d/${name}.conf`;
  const put = `printf '[Service]\\n${lines}\\n' >${path}; systemctl daemon-reload`;
  return during(host, put, `rm ${path}; systemctl daemon-reload`, () => act(path));
}
