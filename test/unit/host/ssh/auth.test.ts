import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  createPublicKey,
  generateKeyPairSync,
  type KeyExportOptions,
  type KeyObject,
  type KeyPairKeyObjectResult,
} from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

import { utils, type AuthContext, type AuthenticationType } from "ssh2";

import { SshError } from "../../../../sdk/host/ssh/error";
import { runOverSsh } from "../../../../sdk/host/ssh/run";
import { run } from "../../../support/run";
import { temporaryFolder } from "../../../support/temporaryFolder";
import { FakeHost, KEYS, PASSWORD } from "./sshServer";

const PASSPHRASE = "Otter-17-candle";

describe("logging in over SSH", function () {
  this.timeout(60_000);
  const folder = temporaryFolder("ssh", "outside");
  let host: FakeHost | undefined;
  let tried: string[];

  beforeEach(() => (tried = []));
  afterEach(async () => {
    await host?.stop();
    host = undefined;
  });
  after(() => {
    folder.remove();
  });

  type Connection = Parameters<typeof runOverSsh>[0];
  /** Without the agent of whoever runs this. */
  const at = ({ port }: FakeHost, means: Partial<Connection>): Connection => ({
    host: "127.0.0.1",
    port,
    user: "pi",
    hostKey: KEYS.ed25519.public,
    perDialTimeout: 60,
    agentSocketPath: "",
    ...means,
  });
  const logIn = (server: FakeHost, means: Partial<Connection>) => runOverSsh(at(server, means), "c", "", 60);

  /** Notes each means that is tried, and refuses it. */
  const refusing = (methods: AuthenticationType[]) =>
    FakeHost.start({
      login: (context) => {
        tried.push(context.method);
        context.reject(methods);
      },
    });

  async function refused(login: Promise<unknown>, text: RegExp): Promise<void> {
    await assert.rejects(login, (error: unknown) => {
      assert.ok(error instanceof SshError, String(error));
      assert.match(error.message, text);
      assert.equal(error.failure, "login");
      for (const secret of [PASSWORD, PASSPHRASE, "PRIVATE KEY"]) assert.ok(!error.message.includes(secret));
      return true;
    });
  }

  const PKCS8 = { type: "pkcs8", format: "pem" } as const;
  const KINDS: Record<string, () => Pair> = {
    "ed25519, OpenSSH": () => sshKeygen("-t", "ed25519", "-N", ""),
    "ed25519, OpenSSH, encrypted": () => sshKeygen("-t", "ed25519", "-N", PASSPHRASE),
    "RSA, PEM, encrypted": () => sshKeygen("-t", "rsa", "-b", "2048", "-m", "PEM", "-N", PASSPHRASE),
    "ed25519, PKCS #8": () => pair(generateKeyPairSync("ed25519"), PKCS8),
    "RSA, PKCS #8": () => pair(rsa(), PKCS8),
    "RSA, PKCS #8, encrypted": () => pair(rsa(), { ...PKCS8, cipher: "aes-256-cbc", passphrase: PASSPHRASE }),
    "RSA, PKCS #1": () => pair(rsa(), { type: "pkcs1", format: "pem" }),
    "ECDSA, PKCS #8": () => pair(ecdsa(), PKCS8),
    "ECDSA, SEC 1": () => pair(ecdsa(), { type: "sec1", format: "pem" }),
  };
  for (const [kind, make] of Object.entries(KINDS))
    it(`takes a private key: ${kind}`, async () => {
      const { privateKey, publicKey } = make();
      host = await FakeHost.start({
        login: (context) => {
          if (isProof(context, publicKey)) context.accept();
          else context.reject(["publickey"]);
        },
      });
      const passphrase = kind.endsWith("encrypted") ? { privateKeyPassword: PASSPHRASE } : {};
      assert.equal((await logIn(host, { privateKey, ...passphrase })).code, 3);
    });

  it("says when a private key can't be read, without asking the host", async () => {
    host = await FakeHost.start();
    const encrypted = sshKeygen("-t", "ed25519", "-N", PASSPHRASE).privateKey;
    const damaged = encrypted.replace(/\n.{30}/, "\n");
    const unreadable = /^127.0.0.1:\d+: expected a `privateKey` to log in with, got an unreadable one; /;
    for (const privateKey of [encrypted, damaged])
      await refused(logIn(host, { privateKey, privateKeyPassword: "wrong" }), unreadable);
    await refused(logIn(host, { privateKey: encrypted }), unreadable);
    assert.equal(host.connections, 0);
  });

  it("takes a password, asked for in either way", async () => {
    host = await FakeHost.start();
    assert.equal((await logIn(host, { password: PASSWORD })).code, 3);
    await host.stop();
    host = await FakeHost.start({
      login: (context) => {
        if (context.method !== "keyboard-interactive") {
          context.reject(["keyboard-interactive"]);
          return;
        }
        context.prompt([{ prompt: "Password: ", echo: false }], ([answer]) => {
          if (answer === PASSWORD) context.accept();
          else context.reject();
        });
      },
    });
    assert.equal((await logIn(host, { password: PASSWORD })).code, 3);
  });

  it("tries the key, then the password, and only what the host takes; then it gives up", async () => {
    const privateKey = KEYS.other.private;
    host = await refusing(["password"]);
    const text = /expected to log in as "pi", got a refusal of the privateKey and password; .*ssh pi@HOST/;
    // As the command plugin, it asks no agent where it has a key.
    const means = { privateKey, password: PASSWORD, agentSocketPath: join(folder.path, "nobody") };
    await refused(logIn(host, means), text);
    assert.deepEqual(tried, ["publickey", "password"]);
    assert.equal(host.connections, 1, "a refused login is not tried again");
  });

  it("goes through both where the host asks for key and password", async () => {
    const { privateKey, publicKey } = pair(generateKeyPairSync("ed25519"), PKCS8);
    host = await FakeHost.start({
      login: (context) => {
        const proof = isProof(context, publicKey);
        if (proof && context.method === "publickey" && context.signature) context.reject(["password"], true);
        else if (proof || (context.method === "password" && context.password === PASSWORD)) context.accept();
        else context.reject(["publickey"]);
      },
    });
    assert.equal((await logIn(host, { privateKey, password: PASSWORD })).code, 3);
  });

  it("without any means, says so", async () => {
    host = await refusing(["publickey"]);
    await refused(logIn(host, {}), /got a refusal; give `privateKey`, `password` or `agentSocketPath`/);
  });

  it("goes on without an agent that is not there", async () => {
    host = await FakeHost.start();
    const agentSocketPath = join(folder.path, "nobody");
    await refused(logIn(host, { agentSocketPath }), /got a refusal of the agent's keys; /);
    assert.equal((await logIn(host, { agentSocketPath, password: PASSWORD })).code, 3);
  });

  it("leaves nothing behind that keeps the program alive or ends it: hanging agent, host that never hangs up, late errors", async () => {
    const socket = join(folder.path, "hangs");
    const agent = createServer((stream) => stream.on("error", () => undefined)).listen(socket);
    host = await FakeHost.start({
      command: (channel, _line, client, tcp) => {
        channel.exit(0);
        channel.end();
        // After its end: words that are no SSH, and a reset.
        channel.on("close", () => {
          tcp.write("no SSH".repeat(1000));
          tcp.resetAndDestroy();
          client.end();
        });
      },
    });
    const connections = [at(host, { password: PASSWORD }), at(host, { agentSocketPath: socket, perDialTimeout: 1 })];
    const silent = await FakeHost.tcp((tcp) => tcp.resume());
    connections.push(at(silent, { perDialTimeout: 1 }), at(host, { hostKey: KEYS.other.public }));
    const program = join(__dirname, "sshProgram.ts");
    try {
      const stdin = JSON.stringify(connections);
      const { code, stdout, stderr } = await run(process.execPath, ["--import", "tsx", program], { stdin });
      assert.deepEqual(
        { code, stdout, stderr },
        { code: 0, stdout: "0 unreachable unreachable host key\n", stderr: "" },
      );
    } finally {
      agent.close();
      await silent.stop();
    }
  });

  function sshKeygen(...options: readonly string[]): Pair {
    const file = join(folder.path, `key-${process.hrtime.bigint()}`);
    execFileSync("ssh-keygen", ["-q", "-f", file, ...options]);
    return { privateKey: readFileSync(file, "utf8"), publicKey: publicKeyOf(readFileSync(`${file}.pub`)) };
  }
});

interface Pair {
  readonly privateKey: string;
  readonly publicKey: KeyObject;
}

function pair(keys: KeyPairKeyObjectResult, format: KeyExportOptions<"pem">): Pair {
  const privateKey = keys.privateKey.export(format).toString();
  return { privateKey, publicKey: keys.publicKey };
}

const rsa = () => generateKeyPairSync("rsa", { modulusLength: 2048 });
const ecdsa = () => generateKeyPairSync("ec", { namedCurve: "P-256" });

function publicKeyOf(ssh: Buffer): KeyObject {
  const key = utils.parseKey(ssh);
  assert.ok(!(key instanceof Error));
  return createPublicKey(key.getPublicPEM());
}

/** Whether a client offers this key, or proves that it has it. */
function isProof(context: AuthContext, publicKey: KeyObject): boolean {
  if (context.method !== "publickey" || !publicKeyOf(context.key.data).equals(publicKey)) return false;
  const key = utils.parseKey(context.key.data);
  assert.ok(!(key instanceof Error));
  const { signature, blob, hashAlgo } = context;
  return signature === undefined || key.verify(blob ?? "", signature, hashAlgo);
}
