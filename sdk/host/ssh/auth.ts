import type { Duplex } from "node:stream";

import type { Unwrap } from "@pulumi/pulumi";
import { OpenSSHAgent, type AnyAuthMethod, type AuthenticationType, type ClientErrorExtensions } from "ssh2";

import type { SshLogin } from "../connection";
import { SshError } from "./error";
import { readPrivateKey } from "./privateKey";

/** One hop of a connection, all of it known. */
export type Login = Unwrap<SshLogin>;

/** What ssh2 says went wrong; the code is Node's for the socket, or the host's reason to hang up. */
export type LibraryError = Error & ClientErrorExtensions & { readonly code?: string | number };

/** The means to log in that a connection gives: those of the command plugin, in its order. */
export class Means {
  private readonly methods: AnyAuthMethod[] = [];
  /** For error texts: what they are called in a connection. */
  private readonly names: string[] = [];
  private readonly username: string;
  private agent: Agent | undefined;

  /** @throws SshError when the private key can't be read. */
  constructor(
    private readonly host: string,
    login: Login,
  ) {
    this.username = login.user ?? "root";
    if (login.privateKey !== undefined) this.addKey(login.privateKey, login.privateKeyPassword);
    if (login.password !== undefined) this.addPassword(login.password);
    const socket = login.agentSocketPath ?? process.env["SSH_AUTH_SOCK"];
    // As the plugin: one means of each kind, and an agent's keys are of the same kind.
    if (login.privateKey === undefined && socket) this.addAgent(socket);
    if (this.methods.length === 0) this.methods.push({ type: "none", username: this.username });
  }

  /** Gives one after the other, leaving out those that the host does not take. */
  inOrder(): (accepted: AuthenticationType[] | null) => AnyAuthMethod | false {
    const left = this.methods.values();
    return (accepted) => {
      for (const method of left)
        if (accepted?.includes(method.type === "agent" ? "publickey" : method.type) ?? true) return method;
      return false;
    };
  }

  /** Whether an error ends but one of the means, and the next one gets its turn. */
  goesOnAfter({ level, message }: LibraryError): boolean {
    return level === "agent" || (level === "client-authentication" && !isLast(message));
  }

  /** Why the host did not let us in, if that is what an error says. */
  refusal({ message, code }: LibraryError): SshError | undefined {
    const hungUp = typeof code === "number" && /authentication/i.test(message);
    if (!isLast(message) && !hungUp) return undefined;
    const got = this.names.length > 0 ? `a refusal of the ${this.names.join(" and ")}` : "a refusal";
    const fix =
      this.names.length > 0
        ? `does the host know it, and is \`user\` right? Compare with: ssh ${this.username}@HOST`
        : "give `privateKey`, `password` or `agentSocketPath`";
    return new SshError("login", `${this.host}: expected to log in as "${this.username}", got ${got}; ${fix}`);
  }

  /** An agent that has stopped answering must not keep the program alive. */
  close(): void {
    this.agent?.close();
  }

  private addKey(text: string, passphrase: string | undefined): void {
    const key = readPrivateKey(text, passphrase);
    if (key === undefined) {
      const fix = "is it the whole file, and `privateKeyPassword` its passphrase?";
      throw new SshError(
        "login",
        `${this.host}: expected a \`privateKey\` to log in with, got an unreadable one; ${fix}`,
      );
    }
    this.methods.push({ type: "publickey", username: this.username, key });
    this.names.push("privateKey");
  }

  private addPassword(password: string): void {
    const { username } = this;
    this.methods.push({ type: "password", username, password });
    this.methods.push({
      type: "keyboard-interactive",
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => {
        finish(prompts.map(() => password));
      },
    });
    this.names.push("password");
  }

  private addAgent(socket: string): void {
    this.agent = new Agent(socket);
    this.methods.push({ type: "agent", username: this.username, agent: this.agent });
    this.names.push("agent's keys");
  }
}

function isLast(message: string): boolean {
  return message.startsWith("All configured authentication methods failed");
}

class Agent extends OpenSSHAgent {
  private readonly streams = new Set<Duplex>();

  override getStream(done: (error?: Error | null, stream?: Duplex) => void): void {
    super.getStream((error, stream) => {
      if (stream !== undefined) this.streams.add(stream);
      done(error, stream);
    });
  }

  close(): void {
    for (const stream of this.streams) stream.destroy();
  }
}
