import { connect } from "node:net";

import type { Check } from "./check";
import { PORTS } from "./target";

const PATIENCE = 3000;

// MQTT 3.1.1 CONNECT, clean session, client id "plain".
const CONNECT = Buffer.from("101100044d51545404020000" + "0005706c61696e", "hex");
const UPGRADE = [
  "GET /mqtt HTTP/1.1",
  "Host: broker",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: cHVsdW1pLXByb29mLXBsYQ==",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Protocol: mqtt",
  "\r\n",
].join("\r\n");

/** Nobody is served without encryption. */
export const plaintextChecks: readonly Check[] = [
  {
    tried: "a client knocks at port 1883, MQTT without TLS",
    run: async ({ target }) => {
      const { came } = await talk(target.address, 1883, CONNECT);
      return { came, ok: came.includes("ECONNREFUSED") };
    },
  },
  ...[PORTS.tls, PORTS.mutualTls].map((port) =>
    ignores(`a client speaks MQTT without TLS, port ${String(port)}`, port, CONNECT),
  ),
  ignores(`a browser asks for a websocket without TLS, port ${String(PORTS.websockets)}`, PORTS.websockets, UPGRADE),
];

function ignores(tried: string, port: number, hello: Buffer | string): Check {
  return {
    tried,
    run: async ({ target }) => {
      const { came, reply } = await talk(target.address, port, hello);
      // A TLS alert (type 21) is all that may come.
      return { came, ok: reply !== undefined && (reply.length === 0 || reply[0] === 21) };
    },
  };
}

/** Says hello over plain TCP. `reply` is undefined when there was no connection. */
function talk(address: string, port: number, hello: Buffer | string): Promise<{ came: string; reply?: Buffer }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let connected = false;
    const socket = connect({ host: address, port, timeout: PATIENCE });
    const end = (how: string) => {
      socket.destroy();
      const reply = Buffer.concat(chunks);
      const bytes = reply.length === 0 ? "no answer" : `${String(reply.length)} bytes (${describe(reply)})`;
      resolve(connected ? { came: `${bytes}, ${how}`, reply } : { came: how });
    };
    socket.on("connect", () => {
      connected = true;
      socket.write(hello);
    });
    socket.on("data", (data) => chunks.push(data));
    socket.on("timeout", () => {
      end(`silence for ${String(PATIENCE / 1000)} s`);
    });
    socket.on("error", (error) => {
      end(error.message);
    });
    socket.on("close", () => {
      end("connection closed");
    });
  });
}

function describe(reply: Buffer): string {
  if (reply[0] === 0x20) return "an MQTT CONNACK";
  return reply[0] === 21 ? "a TLS alert" : JSON.stringify(reply.subarray(0, 20).toString("latin1"));
}
