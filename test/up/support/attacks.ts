import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { LabHost } from "../../lab";
import { asRoot } from "./host";

/** One try to log in; see attack.py. Texts are in Latin-1: bytes as letters. */
export interface Attempt {
  readonly source: string;
  /** The port that it comes from: any. */
  readonly from?: number;
  readonly host: string;
  readonly port: number;
  readonly protocol: "mqtt" | "websockets";
  readonly security: "none" | "tls";
  readonly version?: 4 | 5;
  readonly id: string;
  readonly user?: string;
  readonly password?: string;
  /** Topic of a will. */
  readonly will?: string;
  /** Topic of a message, once it is in. */
  readonly topic?: string;
  /** In the header X-Forwarded-For. */
  readonly forwarded?: string;
  /** In place of all else. */
  readonly raw?: string;
  /** How long to wait for an answer: 5. */
  readonly seconds?: number;
  /** Seconds that the connection is kept open after the answer: 0. */
  readonly lingers?: number;
}

/** What came of it: the broker's code, or a word. */
export type Outcome = number | "closed" | "silence" | "no websocket" | "answered";

/** A host that attacks, from as many addresses as are wanted. */
export class Attacker {
  private addresses = 0;

  private constructor(private readonly host: LabHost) {}

  static async on(host: LabHost): Promise<Attacker> {
    const install = "DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends python3";
    await asRoot(host, `{ apt-get -qq update && ${install}; } >/dev/null 2>&1`);
    await host.writeFile("/root/attack.py", readFileSync(join(__dirname, "attack.py"), "utf8"));
    return new Attacker(host);
  }

  /** One more address of it, from 100 on. */
  async address(): Promise<string> {
    const address = this.host.ip.replace(/\d+$/, String(100 + this.addresses++));
    await asRoot(this.host, `ip address add ${address}/24 dev host0`);
    return address;
  }

  async tries(...attempts: Attempt[]): Promise<Outcome[]> {
    const printed = await asRoot(this.host, "python3 /root/attack.py", JSON.stringify(attempts));
    const outcomes = printed.split("\n").map((line) => JSON.parse(line) as Outcome);
    assert.equal(outcomes.length, attempts.length);
    return outcomes;
  }
}

/** The bytes of a text, as letters. */
export function bytes(text: string): string {
  return Buffer.from(text).toString("latin1");
}
