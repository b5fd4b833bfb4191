import { type Check, messageOf, type Scene } from "./check";
import { type Login, Session } from "./session";

/** What a broker that refuses says, apart from one that is not there. */
const REFUSED = {
  login: /^Connection refused: Not authorized \(reason code 135\)$/,
  serverUnknown: /self-signed certificate|unable to (verify|get)/i,
  clientUnknown: /closed the connection|ECONNRESET|EPIPE|alert/,
} as const;

/** Who is not let in. */
export function loginChecks({ target, stranger }: Scene): Check[] {
  const { sensor1 } = target.passwords;
  const known = { username: "sensor1", password: sensor1 };
  return [
    refused("sensor1 logs in with a wrong password", "login", { ...known, password: `${sensor1}x` }),
    refused("a user who does not exist logs in", "login", { ...known, username: "sensor2" }),
    refused("sensor1 logs in without a password", "login", { username: "sensor1" }),
    refused("an anonymous client logs in", "login", {}),
    refused("a client that trusts another authority logs in", "serverUnknown", {
      ...known,
      caPem: stranger.certificatePem,
    }),
    refused("over websockets, sensor1 logs in with a wrong password", "login", {
      ...known,
      password: `${sensor1}x`,
      listener: "websockets",
    }),
    refused("over websockets, an anonymous client logs in", "login", { listener: "websockets" }),
    refused("over mutual TLS, sensor1 logs in with a password and no certificate", "clientUnknown", {
      ...known,
      listener: "mutualTls",
    }),
    refused("over mutual TLS, a certificate of an unknown authority says it is sensor1", "clientUnknown", {
      certificate: stranger,
      listener: "mutualTls",
    }),
  ];
}

function refused(tried: string, how: keyof typeof REFUSED, login: Login): Check {
  return {
    tried,
    run: async ({ target }) => {
      try {
        await (await Session.open(target, login)).close();
        return { came: "let in", ok: false };
      } catch (error) {
        const came = messageOf(error);
        return { came, ok: REFUSED[how].test(came) };
      }
    },
  };
}
