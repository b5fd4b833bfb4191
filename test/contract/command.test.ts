import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Spec } from "./commandProgram";
import { CommandStack } from "./commandStack";
import { startSshd, type Sshd } from "./sshd";
import { temporaryFolder } from "../support/temporaryFolder";

const secretKey = "4dabf18193072939515e22adb298388d";

describe("remote.Command and remote.CopyToRemote that work", function () {
  this.timeout(60_000);
  const folder = temporaryFolder("command");
  const at = (name: string) => join(folder.path, name);
  const secret = randomBytes(12).toString("hex");
  let sshd: Sshd;
  let stack: CommandStack;
  let first: Awaited<ReturnType<CommandStack["resources"]>>;

  const log = (name: string) => readFileSync(at(name), "utf8");
  const note = (name: string, step: string) => `{ printf '${step} '; cat; echo; } >>${at(name)}`;
  const life = (name: string) => ({
    create: note(name, "create"),
    update: note(name, "update"),
    delete: note(name, "delete"),
  });

  function spec(version: "one" | "two"): Spec {
    const { port, hostKey, privateKey } = sshd;
    const server = { host: "127.0.0.1", port, user: "root" };
    const login = { ...server, privateKey };
    return {
      connection: { ...login, hostKey },
      commands: {
        replaced: { ...life("replaced"), stdin: version, triggers: [version] },
        updated: { ...life("updated"), stdin: version },
        createdAgain: { create: note("createdAgain", "create"), stdin: version },
        previousOutput: { create: `echo ${version}-$PULUMI_COMMAND_STDOUT`, stdin: version },
        noPreviousOutput: { create: `echo ${version}-$PULUMI_COMMAND_STDOUT`, addPreviousOutputInEnv: false },
        streams: { create: "printf 'a\\n\\n'; printf 'b\\n\\n' >&2" },
        secretive: { create: "sha256sum", secretStdin: secret },
        quiet: { create: "echo not to be shown", logging: "none" },
        environment: { create: "echo $CONTRACT_WORD", environment: { CONTRACT_WORD: "word" } },
        uncheckedHost: { connection: login, create: "echo in" },
        password: { connection: { ...server, hostKey, password: sshd.password }, create: "echo in" },
        encryptedKey: {
          connection: { ...server, hostKey, privateKey: sshd.encryptedKey, privateKeyPassword: sshd.keyPassword },
          create: "echo in",
        },
        proxy: { connection: { ...login, hostKey, proxy: { ...login, hostKey } }, create: "echo in" },
      },
      copies: {
        text: { remotePath: at("copied/text"), text: `text ${version}` },
        file: { remotePath: at("copied/file"), file: at("source/file") },
        folder: { remotePath: at("copied"), folder: at("source") },
      },
    };
  }

  function stdout(name: string): unknown {
    return first.get(name)?.outputs["stdout"];
  }

  before(async () => {
    mkdirSync(at("source"));
    writeFileSync(at("source/file"), "file\n");
    sshd = await startSshd(folder.path);
    stack = new CommandStack(folder.path);
    const { code, stdout: output, stderr } = await stack.up(spec("one"));
    assert.equal(code, 0, output + stderr);
    assert.doesNotMatch(output, /not to be shown|warning/);
    first = await stack.resources();
  });
  after(async () => {
    await sshd.stop();
    folder.remove();
  });

  it("keep stdout and stderr apart, less one newline each", () => {
    assert.equal(stdout("streams"), "a\n");
    assert.equal(first.get("streams")?.outputs["stderr"], "b\n");
  });

  it("log in by password, encrypted key and through a proxy, and without a hostKey trust any host", () => {
    for (const name of ["password", "encryptedKey", "proxy", "uncheckedHost"]) assert.equal(stdout(name), "in", name);
  });

  it("set the environment that the server accepts", () => {
    assert.equal(stdout("environment"), "word");
  });

  it("store connection and secret stdin encrypted; stdout stays plain", () => {
    for (const [name, { outputs }] of first) {
      if (name.includes("contract") || !("connection" in outputs)) continue;
      assert.ok(secretKey in (outputs["connection"] as object), name);
    }
    assert.ok(secretKey in (first.get("secretive")?.outputs["stdin"] as object));
    const state = JSON.stringify([...first]);
    for (const value of [secret, sshd.password, sshd.keyPassword, "PRIVATE KEY"]) assert.ok(!state.includes(value));
    assert.match(String(stdout("secretive")), /^[0-9a-f]{64} {2}-$/);
  });

  it("copy texts, files and folders", () => {
    assert.equal(log("copied/text"), "text one");
    assert.equal(log("copied/file"), "file\n");
    assert.equal(log("copied/source/file"), "file\n");
  });

  it("have nothing to do without a change", async () => {
    const { code, stdout: output } = await stack.preview();
    assert.equal(code, 0, output);
  });

  it("replace on a trigger, and update in place on any other change", async () => {
    const { code, stdout: output, stderr } = await stack.up(spec("two"));
    assert.equal(code, 0, output + stderr);
    const second = await stack.resources();
    const replaced = [...second].filter(([name, { id }]) => first.get(name)?.id !== id).map(([name]) => name);
    assert.deepEqual(replaced, ["replaced"]);
    assert.equal(log("replaced"), "create one\ncreate two\ndelete one\n");
    assert.equal(log("updated"), "create one\nupdate two\n");
    assert.equal(log("createdAgain"), "create one\ncreate two\n");
    assert.equal(second.get("previousOutput")?.outputs["stdout"], "two-one-");
    assert.equal(second.get("noPreviousOutput")?.outputs["stdout"], "two-");
    assert.equal(log("copied/text"), "text two");
  });

  it("leave secrets in no file of the backend and in no log of the engine", () => {
    const files = readdirSync(at("stack"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "spec.json" && !entry.parentPath.includes("/plugins/"))
      .map(({ parentPath, name }) => ({ name, content: readFileSync(join(parentPath, name)) }));
    assert.ok(files.some(({ name }) => name.endsWith(".log")) && files.some(({ name }) => name === "test.json"));
    for (const value of [secret, sshd.password, sshd.keyPassword, "PRIVATE KEY"]) {
      assert.deepEqual(
        files.filter(({ content }) => content.includes(value)),
        [],
      );
    }
  });

  it("delete with the stdin of the state, and leave copies where they are", async () => {
    const { code, stdout: output, stderr } = await stack.destroy();
    assert.equal(code, 0, output + stderr);
    assert.match(log("replaced"), /delete two\n$/);
    assert.equal(log("updated"), "create one\nupdate two\ndelete two\n");
    assert.equal(log("copied/text"), "text two");
  });
});
