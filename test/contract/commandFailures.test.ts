import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import type { Spec } from "./commandProgram";
import { CommandStack } from "./commandStack";
import { listen, startSshd, type Sshd } from "./sshd";
import { temporaryFolder } from "../support/temporaryFolder";

describe("remote.Command that fails", function () {
  this.timeout(60_000);
  const folder = temporaryFolder("command-failures");
  let sshd: Sshd;
  const wrongPassword = randomBytes(12).toString("hex");
  let output: string;
  let dials = 0;

  before(async () => {
    sshd = await startSshd(folder.path);
    const { port, server } = await listen();
    server.on("connection", (socket) => {
      dials += 1;
      socket.destroy();
    });
    const { privateKey, hostKey, otherHostKey } = sshd;
    const target = { host: "127.0.0.1", port: sshd.port, user: "root", dialErrorLimit: 0 };
    const connection = { ...target, privateKey, hostKey };
    const stack = new CommandStack(folder.path);
    const spec: Spec = {
      connection,
      commands: {
        command: { create: "echo out; echo err >&2; exit 3" },
        otherHost: { connection: { ...connection, hostKey: otherHostKey }, create: "true" },
        otherProxy: { connection: { ...connection, proxy: { ...connection, hostKey: otherHostKey } }, create: "true" },
        badHostKey: { connection: { ...connection, hostKey: "no key" }, create: "true" },
        badPassword: { connection: { ...target, hostKey, password: wrongPassword }, create: "true" },
        environment: { create: "true", environment: { OTHER: "x" } },
        dials: { connection: { ...connection, port, dialErrorLimit: 2 }, create: "true" },
      },
    };
    const { code, stdout, stderr } = await stack.up(spec, "--continue-on-error");
    server.close();
    output = stdout + stderr;
    assert.notEqual(code, 0, output);
    assert.equal((await stack.destroy()).code, 0);
  });
  after(async () => {
    await sshd.stop();
    folder.remove();
  });

  /** What the engine says about one resource, after the list of operations. */
  function diagnostics(name: string): string {
    const [, section = ""] = output.split("Diagnostics:");
    const start = section.indexOf(`command:remote:Command (${name}):`);
    assert.notEqual(start, -1, output);
    return section.slice(start).split("\n  command:remote:", 2)[0] ?? "";
  }

  it("tells the command line and all of its output", () => {
    const text = diagnostics("command");
    assert.match(text, /Process exited with status 3: running "echo out; echo err >&2; exit 3":\s+/);
    assert.match(text, /^\s*out$/m);
    assert.match(text, /^\s*err$/m);
  });

  it("refuses a host with another key, and says that a key is none", () => {
    assert.match(diagnostics("otherHost"), /after 0 failed attempts: ssh: handshake failed: .*host key/);
    assert.match(diagnostics("otherProxy"), /proxy: after 0 failed attempts: ssh: handshake failed: .*host key/);
    assert.match(diagnostics("badHostKey"), /failed to parse host key/);
  });

  it("refuses a wrong password without telling it", () => {
    assert.match(diagnostics("badPassword"), /unable to authenticate/);
    assert.ok(!output.includes(wrongPassword));
  });

  it("fails on a variable that the server does not accept", () => {
    assert.match(diagnostics("environment"), /could not set environment variable "OTHER"/);
  });

  it("dials once more than dialErrorLimit", () => {
    assert.match(diagnostics("dials"), /after 2 failed attempts/);
    assert.equal(dials, 3);
  });
});
