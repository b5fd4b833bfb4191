import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { LabHost } from "../../lab";
import { asRoot } from "./host";

const SOURCE = join(__dirname, "../tlsClients");
const FOLDER = "/root/tls";

/** The command of each stack's client, and the Debian package that has the stack's version. */
export const STACKS = {
  OpenSSL: { command: "sh openssl.sh", package: "openssl" },
  GnuTLS: { command: "bash gnutls.sh", package: "gnutls-bin" },
  mbedTLS: { command: "./mbedtls", package: "libmbedtls-dev" },
  wolfSSL: { command: "./wolfssl", package: "libwolfssl-dev" },
  BearSSL: { command: "./bearssl", package: "libbearssl-dev" },
  Python: { command: "python3 python.py", package: "python3" },
} as const;
export type StackName = keyof typeof STACKS;

/** One connection of a client; files are those that the host was given. */
export interface Call {
  readonly authority: string;
  /** Whom the client expects: a DNS name or an IP address. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** File with what it says, in base64. */
  readonly question: string;
  /** Its own certificate and key. */
  readonly identity?: readonly [string, string];
}

/** A host with clients of several TLS stacks. */
export class TlsClients {
  private constructor(private readonly host: LabHost) {}

  static async on(host: LabHost): Promise<TlsClients> {
    const clients = new TlsClients(host);
    await asRoot(host, `mkdir -m 700 ${FOLDER}`);
    for (const name of readdirSync(SOURCE)) await clients.give(name, readFileSync(join(SOURCE, name), "utf8"));
    const packages = Object.values(STACKS).map((stack) => stack.package);
    await asRoot(
      host,
      `sh ${FOLDER}/install.sh ${packages.join(" ")} || { tail -n 3 ${FOLDER}/install.log >&2; exit 1; }`,
    );
    return clients;
  }

  give(name: string, text: string): Promise<void> {
    return this.host.writeFile(`${FOLDER}/${name}`, text);
  }

  /** Debian's version of a stack: `2.28.3-1`. */
  version(stack: StackName): Promise<string> {
    return asRoot(this.host, `dpkg-query -W -f '\${Version}' ${STACKS[stack].package}`);
  }

  /** What a stack's client prints at each call, one after the other: the answer's first piece, or why there is none, escaped as in JSON. */
  async ask(stack: StackName, calls: readonly Call[]): Promise<string[]> {
    const lines = calls.map(({ question, authority, name, address, port, identity = [] }) =>
      [question, STACKS[stack].command, authority, name, address, port, ...identity].join(" "),
    );
    const printed = await asRoot(this.host, `sh ${FOLDER}/askAll.sh`, `${lines.join("\n")}\n`);
    const answers = printed.split("\n").map((line) => escaped(Buffer.from(line.slice(1), "base64").toString("latin1")));
    assert.equal(answers.length, calls.length);
    return answers;
  }
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
