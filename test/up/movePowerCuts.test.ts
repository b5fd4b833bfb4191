import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { Random } from "../chaos/random";
import { StartedUp } from "../chaos/startedUp";
import { Lab, type LabHost, type Suite, type Unsynced } from "../lab";
import type { Spec } from "./program/spec";
import { asRoot } from "./support/host";
import { until } from "./support/reloads";
import { isThere, route } from "./support/router";
import { piOf, Stack } from "./support/stack";

/** Milliseconds from when the change is told until it is written down, and a bit more. */
const LASTS = 7000;

/** Where it moves to, round by round: first from where DHCP has put it. */
const GOALS = [80, 81, 80, 81];

/** The power is cut while a Pi moves to a fixed address, on a disk that loses what was not synced. */
for (const suite of ["bookworm", "trixie"] satisfies Suite[])
  describe(`a Pi on ${suite} whose power is cut while it moves`, function () {
    this.timeout(240_000);
    let lab: Lab;
    let pi: LabHost;
    const stack = new Stack();
    const seed = process.env["SEED"] ?? randomUUID();
    const random = new Random(seed);
    /** `lab up` waits for the address that the lab has given; the Pi may be at another. */
    const booting: Promise<void>[] = [];

    before(async () => {
      const hosts = [{ name: "pi", suite } as const, { name: "router", suite: "bookworm" } as const];
      lab = await Lab.start(hosts, { hasDisks: true });
      pi = lab.host("pi");
      await route(lab.host("router"), pi);
      await asRoot(pi, "sync");
    });

    after(async () => {
      await Promise.all(booting);
      await stack[Symbol.asyncDispose]();
      await lab.stop();
    });

    const first = random.fraction();
    for (const [round, number] of GOALS.entries()) {
      const delay = Math.round(((first + round / 4) % 1) * LASTS);
      const unsynced = random.pick<Unsynced>(["lost", "torn", "kept"]);

      it(`answers at one of both addresses, and up goes on: ${delay} ms, ${unsynced}, SEED=${seed}`, async () => {
        const goal = at(number);
        const up = await StartedUp.start(stack, wanted(pi, goal));
        try {
          await up.until(/validating the new configuration/, delay);
          await pi.cut(unsynced);
          booting.push(pi.boot().catch(() => undefined));
          await up.ended;
        } finally {
          up.killAll();
        }
        const found = await whereItIs([pi, goal]);
        const held = await asRoot(found, "nmcli -g IP4.ADDRESS device show host0");
        assert.equal(held, `${found.ip}/24`);
        await stack.project.pulumi(["cancel", "--yes"]);
        await stack.up(wanted(found, goal));
        pi = goal;
        await stack.project.refresh("--clear-pending-creates");
        await stack.preview(wanted(found, goal), { expectNoChanges: true });
      });
    }

    function at(number: number): LabHost {
      return lab.host("pi").at(lab.address.replace(/\d+$/, String(number)));
    }

    function wanted(now: LabHost, goal: LabHost): Spec {
      return {
        hosts: { pi: piOf(now) },
        hostsOnly: true,
        networks: { pi: { address: `${goal.ip}/24`, gateway: lab.host("router").ip } },
      };
    }
  });

/** Settles when the Pi answers at one of the addresses; it is never at both. */
async function whereItIs(places: readonly LabHost[]): Promise<LabHost> {
  let found: LabHost | undefined;
  await until(async () => {
    const answers = await Promise.all(places.map(isThere));
    assert.ok(answers.filter(Boolean).length < 2);
    found = places[answers.indexOf(true)];
    return found !== undefined;
  });
  assert.ok(found);
  return found;
}
