import { connect as connectTcp } from "node:net";
import { setTimeout } from "node:timers/promises";
import { connect as connectTls } from "node:tls";

import { PORTS } from "../support/proof/target";
import { type Server, Session } from "../support/proof/session";
import { codeOf, loginCode } from "../up/support/access";
import {
  CONFIGURATIONS,
  type Configuration,
  DEVICE,
  HOSTNAME,
  loneUser,
  PASSWORD,
  type Situation,
  topicOf,
} from "./configurations";

/** Generous: a Pi that boots while everything else does. */
const PATIENCE = 120_000;

/** Clients that tell by all they can see which configuration a broker runs. */
export class Probe {
  private readonly server: Server;

  constructor(
    private readonly address: string,
    private readonly caPem: string,
    /** Of the certificates, where each configuration has one for good. */
    private readonly fingerprints?: Readonly<Record<Configuration, string>>,
  ) {
    this.server = { address, hostnames: [HOSTNAME], caPem };
  }

  /** The same for a broker whose certificates are made anew. */
  withoutCertificates(): Probe {
    return new Probe(this.address, this.caPem);
  }

  /** What is served. @throws Error with what each client saw when they saw different configurations. */
  async look(): Promise<Situation> {
    if (!(await this.isOpen(PORTS.tls))) return "none";
    const [logins, topics, certificates, hasWebsockets] = await Promise.all([
      this.logins(),
      this.topics(),
      this.certificates(),
      this.isOpen(PORTS.websockets),
    ]);
    const [name] = logins;
    const seen = { logins, topics, certificates, websockets: hasWebsockets };
    const whole = {
      logins: [name],
      topics: [name],
      certificates: this.fingerprints && [name],
      websockets: name === "c",
    };
    if (name === undefined || JSON.stringify(seen) !== JSON.stringify(whole))
      throw new Error(`a mix: clients see ${JSON.stringify(seen)}`);
    return name;
  }

  /** What is served once the broker is up; while one configuration follows the other, clients may see some of each. */
  async lookUntil(isExpected: (seen: Situation) => boolean): Promise<Situation> {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const seen = await this.look().catch((error: unknown) => error);
      if (typeof seen === "string" && isExpected(seen as Situation)) return seen as Situation;
      if (Date.now() > deadline) throw seen instanceof Error ? seen : new Error(`clients see ${String(seen)}`);
      await setTimeout(100);
    }
  }

  private async logins(): Promise<Configuration[]> {
    return this.those(
      async (name) => (await loginCode(this.server, { username: loneUser(name), password: PASSWORD })) === 0,
    );
  }

  private async topics(): Promise<Configuration[]> {
    await using device = await Session.open(this.server, { username: DEVICE, password: PASSWORD });
    return await this.those(async (name) => (await device.publish(topicOf(name), "open").then(() => 0, codeOf)) === 0);
  }

  private async certificates(): Promise<Configuration[] | undefined> {
    const { fingerprints } = this;
    if (fingerprints === undefined) return undefined;
    const served = await new Promise<string>((resolve, reject) => {
      // The others check it: here it only has a name.
      const socket = connectTls({ host: this.address, port: PORTS.tls, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      });
      socket.on("error", reject);
    });
    return this.those((name) => Promise.resolve(fingerprints[name] === served));
  }

  private async those(isSo: (name: Configuration) => Promise<boolean>): Promise<Configuration[]> {
    const answers = await Promise.all(CONFIGURATIONS.map(isSo));
    return CONFIGURATIONS.filter((_, i) => answers[i]);
  }

  private isOpen(port: number): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connectTcp({ host: this.address, port, timeout: 5000 });
      const answer = (isOpen: boolean) => {
        socket.destroy();
        resolve(isOpen);
      };
      socket.once("connect", () => {
        answer(true);
      });
      socket.once("timeout", () => {
        answer(false);
      });
      socket.once("error", () => {
        answer(false);
      });
    });
  }
}
