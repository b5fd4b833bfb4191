import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";

import { repository } from "../support/markdown";
import { drifted, FleetRun, type Run, succeeded } from "./fleetRun";

const [FEW, MANY] = [10, 50];

/** What each further Pi may add while a preview runs, in all of Pulumi's processes: 4.5 to 5.2, of which twice would be too much. */
const MOST_MEGABYTES = 8;

describe("a stack with many Pis", function () {
  this.timeout(600_000);
  const quiet = new Map<number, Run>();

  before(() => {
    execFileSync(process.execPath, [join(repository, "test/support/build.mjs")]);
  });

  for (const hosts of [FEW, MANY])
    it(`of ${hosts} is looked at over one SSH connection each, and drift is told of the one that has it`, async () => {
      await using fleet = await FleetRun.start(hosts);
      const { names } = fleet.pis;
      const each = (connections: number) => Object.fromEntries(names.map((name) => [name, connections]));

      const first = await fleet.up();
      // The command plugin has one of its own.
      assert.deepEqual(first.counts.connections, each(2));
      assert.equal(first.counts.deployments, hosts);

      const preview = succeeded(await fleet.preview());
      assert.deepEqual(preview.counts.connections, each(1));
      assert.equal(preview.counts.looks, hosts);
      assert.deepEqual(drifted(preview), []);
      quiet.set(hosts, preview);

      const edited = [names[hosts / 2] ?? ""];
      await fleet.pis.tamper(edited);
      const loud = await fleet.preview();
      assert.notEqual(loud.output.code, 0);
      assert.deepEqual(drifted(loud), edited);
      assert.match(loud.output.stdout, /current\/acl its content was changed/);
      assert.match(loud.output.stdout, /command:remote:Command pi\d+-broker-state update/);

      // It puts right that one Pi, and leaves all others alone.
      const repair = await fleet.up();
      assert.equal(repair.counts.deployments, 1);
      succeeded(await fleet.preview());
    });

  it("needs no log of Pulumi's, which is there by default", async () => {
    for (const log of [true, false]) {
      await using fleet = await FleetRun.start(1, log);
      await fleet.up();
      succeeded(await fleet.preview());
      assert.equal(statSync(fleet.logs).isDirectory(), log);
    }
  });

  it(`takes less than ${MOST_MEGABYTES} MB more for each further Pi`, () => {
    const [few = NaN, many = NaN] = [FEW, MANY].map((hosts) => quiet.get(hosts)?.megabytes);
    assert.ok((many - few) / (MANY - FEW) < MOST_MEGABYTES, `${few} MB for ${FEW}, ${many} MB for ${MANY}`);
  });
});
