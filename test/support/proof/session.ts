import { EventEmitter, once } from "node:events";
import { isIP, type LookupFunction } from "node:net";

import mqtt, { type IClientOptions, type MqttClient } from "mqtt";

import { type Identity, PORTS, type Target } from "./target";

export interface Login {
  /** Default "tls". */
  readonly listener?: keyof typeof PORTS;
  readonly username?: string;
  readonly password?: string;
  readonly certificate?: Identity;
  /** Default: the target's. */
  readonly caPem?: string;
  /** Default: one of the client's own making. */
  readonly clientId?: string;
  /** Asks the broker to keep the session, and what comes for it, when the client is away. Needs a `clientId`. */
  readonly isKept?: boolean;
}

/** Where a client goes, and whom it trusts. */
export type Server = Pick<Target, "address" | "hostnames" | "caPem">;

export interface Message {
  readonly topic: string;
  readonly text: string;
}

const PATIENCE = 5000;

/** One MQTT 5 client, logged in. It checks the broker's certificate by name, as any careful client does. */
export class Session implements AsyncDisposable {
  private readonly received: Message[] = [];
  private readonly arrivals = new EventEmitter();
  /** Settles when the connection is gone, whoever closed it. */
  readonly gone: Promise<unknown>;

  private constructor(private readonly client: MqttClient) {
    this.gone = new Promise((resolve) => {
      client.once("close", () => {
        resolve(undefined);
      });
    });
    client.on("message", (topic, payload) => {
      this.received.push({ topic, text: payload.toString() });
      this.arrivals.emit("message");
    });
  }

  /** @throws Error with the broker's reason code, or with what the connection met, when it is not let in. */
  static open(target: Server, login: Login): Promise<Session> {
    return new Promise((resolve, reject) => {
      const client = mqtt.connect(options(target, login));
      client.once("connect", () => {
        resolve(new Session(client));
      });
      client.on("error", reject);
      client.once("close", () => {
        reject(new Error("the broker closed the connection"));
      });
    });
  }

  get isOpen(): boolean {
    return this.client.connected;
  }

  async subscribe(filter: string): Promise<void> {
    await this.whileOpen(this.client.subscribeAsync(filter, { qos: 1 }));
  }

  /** Settles when the broker has acknowledged it. @throws Error with the reason code of a broker that does not take it. */
  async publish(topic: string, text: string): Promise<void> {
    await this.whileOpen(this.client.publishAsync(topic, text, { qos: 1 }));
  }

  /** Waits for the message with this text and gives all that came, up to and with it. */
  receiveUpTo(text: string): Promise<readonly Message[]> {
    return this.receiveUntil((it) => it.text === text);
  }

  /** Waits for the first message that is so, and gives all that came, up to and with it. */
  async receiveUntil(isLast: (message: Message) => boolean): Promise<readonly Message[]> {
    const signal = AbortSignal.timeout(PATIENCE);
    for (;;) {
      const last = this.received.findIndex(isLast);
      if (last >= 0) return this.received.slice(0, last + 1);
      await once(this.arrivals, "message", { signal }).catch(() => {
        throw new Error(`nothing came within ${String(PATIENCE / 1000)} s`);
      });
    }
  }

  /** MQTT.js waits for an answer for as long as it could connect again, which it never does here. */
  private async whileOpen(answer: Promise<unknown>): Promise<void> {
    const lost = this.gone.then(() => {
      throw new Error("the connection was gone before the broker had answered");
    });
    await Promise.race([answer, lost]);
  }

  async close(): Promise<void> {
    await this.client.endAsync(true);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function options(target: Server, login: Login): IClientOptions {
  const { listener = "tls", certificate, username, password, clientId, isKept = false } = login;
  const family = isIP(target.address);
  // The name is the certificate's, the address is where it really goes: no DNS is needed.
  const lookup: LookupFunction = (_name, { all }, found) => {
    if (all) found(null, [{ address: target.address, family }]);
    else found(null, target.address, family);
  };
  const tls = {
    ca: login.caPem ?? target.caPem,
    lookup,
    ...(certificate && { cert: certificate.certificatePem, key: certificate.privateKeyPem }),
  };
  return {
    protocol: listener === "websockets" ? "wss" : "mqtts",
    host: target.hostnames[0],
    port: PORTS[listener],
    ...(listener === "websockets" ? { path: "/mqtt", wsOptions: tls } : tls),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(clientId !== undefined && { clientId }),
    ...(isKept && { clean: false, properties: { sessionExpiryInterval: 3600 } }),
    protocolVersion: 5,
    connectTimeout: PATIENCE,
    reconnectPeriod: 0,
  };
}
