import assert from "node:assert/strict";

import type { Unsynced } from "../lab";
import type { Random } from "./random";
import { Transaction } from "./transaction";
import type { Victim } from "./victim";

/** About as long as apt takes on an idle machine. */
const INSTALLATION = 8000;

/**
 * Interrupts the first deployment on a host without the packages while apt is at work, and deploys again; then takes it all
 * away, to see that it is still known what was installed.
 */
export async function playInstallation(victim: Victim, interruption: "cut" | "killed", random: Random): Promise<void> {
  const { host, payloads } = victim;
  await victim.purge();
  const transaction = Transaction.start(host, payloads.a);
  await transaction.untilSaid(/^installing /m, random.fraction() * INSTALLATION);
  if (interruption === "cut") {
    await host.cut(random.pick<Unsynced>(["lost", "torn"]));
    transaction.kill();
    await host.boot();
    const seen = await victim.inspect();
    // Nothing may run with Debian's default configuration.
    if (seen === "none") assert.notEqual((await host.root("systemctl is-active mosquitto.service")).code, 0);
  } else {
    transaction.kill();
  }
  await victim.deploy("a");
  await victim.isWhole("a");
  await victim.bring("none");
  assert.notEqual(
    (await host.root("dpkg --status mosquitto")).code,
    0,
    "mosquitto is installed after all is taken away",
  );
}
