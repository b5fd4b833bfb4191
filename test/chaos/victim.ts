import assert from "node:assert/strict";

import { REMOVE } from "../../sdk/host/payload";
import type { LabHost } from "../lab";
import { asRoot } from "../up/support/host";
import { type Configuration, CONFIGURATIONS, type Situation } from "./configurations";
import { type HostFiles, hostFiles } from "./hostFiles";
import type { Probe } from "./probe";
import type { Payloads, Source } from "./source";
import { type Timeline, Transaction } from "./transaction";

const PURGE =
  "export DEBIAN_FRONTEND=noninteractive; apt-get -qq purge -y mosquitto mosquitto-clients >/dev/null && apt-get -qq autoremove -y --purge >/dev/null && sync";
/** A host, and what it has to be like in each configuration. */
export class Victim {
  private readonly right = new Map<Situation, HostFiles>();
  private readonly lasting = new Map<Configuration, Timeline>();
  /** How the unit was before the first deployment, which `destroy` has to know. */
  private before = "active enabled wanted";

  private constructor(
    readonly host: LabHost,
    readonly payloads: Payloads,
    readonly probe: Probe,
  ) {}

  /** Deploys each configuration undisturbed, to know what it looks like and how long it takes; the last stays. */
  static async prepare(host: LabHost, { payloads, probe }: Source): Promise<Victim> {
    const victim = new Victim(host, payloads, probe(host.ip));
    for (const name of CONFIGURATIONS) {
      await victim.deploy(name);
      assert.equal(await victim.probe.look(), name);
      victim.right.set(name, await hostFiles(host));
    }
    return victim;
  }

  /** How long the steps take on the way to a configuration. */
  timeline(goal: Configuration): Timeline {
    const found = this.lasting.get(goal);
    assert.ok(found, `no deployment of "${goal}" has been timed`);
    return found;
  }

  /** A deployment that nothing disturbs. @throws Error with what the host said when it fails. */
  async deploy(name: Configuration): Promise<void> {
    const timeline = await Transaction.start(this.host, this.payloads[name]).succeeded();
    if (timeline !== undefined) this.lasting.set(name, timeline);
  }

  async bring(to: Situation): Promise<void> {
    if (to !== "none") {
      await this.deploy(to);
      return;
    }
    await Transaction.start(this.host, this.payloads.a, { verb: REMOVE }).succeeded();
    assert.equal(await this.probe.look(), "none");
    this.before = "active enabled wanted";
  }

  /** As after `bring("none")`, and the packages are to be installed as well. */
  async purge(): Promise<void> {
    await this.bring("none");
    await asRoot(this.host, PURGE);
    this.before = "inactive not-found";
  }

  /**
   * What clients see when nothing is under way. @throws AssertionError when the files are not that, to the byte.
   * The guard may be missing until the next deployment: it is placed after the link that it guards.
   */
  async inspect(): Promise<Situation> {
    return (await this.examine()).seen;
  }

  /** @throws AssertionError when the host is not as after a deployment that nothing has ever disturbed. */
  async isWhole(name: Configuration): Promise<void> {
    const { seen, files } = await this.examine();
    assert.equal(seen, name);
    assert.equal(files.guard, this.right.get(name)?.guard, "what keeps the broker from starting without its link");
    const { live, manifest, generations, audit, leftovers, before } = files;
    assert.equal(before, `mosquitto.service ${this.before}`);
    assert.equal(manifest, live, "the manifest is about another generation");
    assert.ok(generations <= 3, `${generations} generations are kept`);
    assert.equal(audit, "");
    assert.equal(leftovers, "", "left by an interrupted deployment");
  }

  private async examine(): Promise<{ readonly seen: Situation; readonly files: HostFiles }> {
    const files = await hostFiles(this.host);
    const seen = await this.probe.look();
    if (seen !== "none") {
      assert.equal(files.unit, "enabled active", "mosquitto.service");
      assert.equal(files.live, files.loaded, "what is live on disk is not what the broker has loaded");
      assert.equal(files.whole, this.right.get(seen)?.whole, `what clients see is "${seen}", and the files are not`);
    }
    return { seen, files };
  }
}
