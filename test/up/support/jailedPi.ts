import assert from "node:assert/strict";

import type { LabHost } from "../../lab";
import type { Attacker, Attempt } from "./attacks";
import { asRoot } from "./host";
import { until } from "./reloads";

export const JAIL = "pulumi-mosquitto";
export const WATCH = "pulumi-mosquitto-watch";

export type Way = Pick<Attempt, "port" | "protocol" | "security" | "version">;

export const TLS: Way = { port: 8883, protocol: "mqtt", security: "tls", version: 4 };
export const WSS: Way = { port: 9001, protocol: "websockets", security: "tls", version: 4 };

/** Every way in, to 8884 without a certificate. */
export const LISTENERS: readonly Way[] = [TLS, { ...TLS, port: 8884 }, WSS];

/** A host with a jail, seen by its own commands and by an attacker. */
export class JailedPi {
  constructor(
    private readonly host: LabHost,
    private readonly attacker: Attacker,
  ) {}

  /** A try to log in with a wrong password. */
  attempt(source: string, way: Way, host = this.host.ip): Attempt {
    return { source, host, ...way, id: "intruder", user: "sensor", password: "guessed", seconds: 5 };
  }

  /** The watch looks who listens once a second: whoever fails before it has seen a new broker is not judged. */
  async isAtWork(): Promise<void> {
    await until(async () => (await this.host.root(`fail2ban-client status ${JAIL}`)).code === 0);
    await asRoot(this.host, "sleep 3");
  }

  /** Fails five times by a way, and is then cut off from every listener, though not from SSH. */
  async bans(source: string, way: Way, host = this.host.ip): Promise<void> {
    const wrong = this.attempt(source, way, host);
    const outcomes = await this.attacker.tries(wrong, wrong, wrong, wrong, wrong);
    assert.ok(!outcomes.includes(0) && !outcomes.includes("silence"), JSON.stringify(outcomes));
    await until(async () => (await this.banned()).includes(source));
    const after = LISTENERS.map((other) => ({ ...this.attempt(source, other, host), seconds: 1 }));
    const ssh = { ...this.attempt(source, TLS, host), port: 22, raw: "SSH-2.0-x\r\n" };
    assert.deepEqual(await this.attacker.tries(...after, ssh), [...after.map(() => "silence"), "answered"]);
  }

  async banned(jail = JAIL): Promise<string[]> {
    return (await asRoot(this.host, `fail2ban-client get ${jail} banip`)).split(/\s+/).filter((it) => it !== "");
  }

  /** All that the watch has said of failures. */
  async failures(): Promise<string[]> {
    const said = `journalctl --quiet --no-pager -o cat -u ${WATCH}.service | grep '^failed ' || :`;
    return (await asRoot(this.host, said)).split("\n").filter((line) => line !== "");
  }

  async failuresOf(address: string): Promise<string[]> {
    return (await this.failures()).filter((line) => line.startsWith(`failed login from ${address} `));
  }
}
