import assert from "node:assert/strict";

import { SshError, type SshFailure } from "../../sdk/host/ssh/error";
import { runOverSsh } from "../../sdk/host/ssh/run";
import { Lab, type LabHost } from "../lab";
import { byKey, type Logins, setUpLogins } from "./support/logins";

type Connection = Parameters<typeof runOverSsh>[0];

describe("a command over SSH, on a Pi's own sshd", function () {
  this.timeout(120_000);
  let lab: Lab;
  let bookworm: LabHost;
  let trixie: LabHost;
  let logins: Logins;

  before(async () => {
    lab = await Lab.start([
      { name: "bookworm", suite: "bookworm" },
      { name: "trixie", suite: "trixie" },
    ]);
    [bookworm, trixie] = [lab.host("bookworm"), lab.host("trixie")];
    logins = await setUpLogins(bookworm, trixie);
  });

  after(async () => {
    logins[Symbol.dispose]();
    await lab.stop();
  });

  /** Who runs the commands, on which host. */
  async function whoIs(connection: Connection): Promise<string> {
    const result = await runOverSsh(connection, "id -un; cat; hostname >&2; exit 7", "and its input", 60);
    assert.equal(result.code, 7);
    return `${result.stdout} on ${result.stderr}`.replaceAll("\n", " ").trim();
  }

  async function fails(connection: Connection, failure: SshFailure, text: RegExp): Promise<void> {
    await assert.rejects(whoIs(connection), (error: unknown) => {
      assert.ok(error instanceof SshError, String(error));
      assert.match(error.message, text);
      assert.equal(error.failure, failure);
      return true;
    });
  }

  const WAYS: Record<string, [() => Connection, who: string]> = {
    "a key, on bookworm": [() => byKey(bookworm), "pi and its input on bookworm"],
    "a key, on trixie": [() => byKey(trixie), "pi and its input on trixie"],
    "an encrypted key": [() => logins.byEncryptedKey, "pi and its input on bookworm"],
    "root's password": [() => logins.byPassword, "root and its input on trixie"],
    "a key that only an agent has": [() => logins.byAgent, "pi and its input on bookworm"],
    "a bastion": [() => logins.throughBastion, "pi and its input on bookworm"],
    "the host's ecdsa key": [
      () => ({ ...byKey(bookworm), hostKey: bookworm.hostKeys.ecdsa }),
      "pi and its input on bookworm",
    ],
  };
  for (const [way, [connection, who]] of Object.entries(WAYS))
    it(`runs with ${way}`, async () => {
      assert.equal(await whoIs(connection()), who);
    });

  it("refuses another host's key, directly and behind a bastion", async () => {
    const posing = { ...byKey(bookworm), hostKey: trixie.hostKey };
    await fails(posing, "host key", /expected the host key SHA256:\S+ \(ssh-ed25519\), got SHA256:/);
    await fails({ ...posing, proxy: byKey(trixie) }, "host key", /through .*: expected the host key/);
  });

  it("says when the host does not let it in, or is not there", async () => {
    await fails({ ...byKey(bookworm), user: "nobody-here" }, "login", /got a refusal of the privateKey/);
    const nowhere = bookworm.ip.replace(/\d+$/, "250");
    await fails({ ...byKey(bookworm), host: nowhere }, "unreachable", /expected an SSH server, got /);
  });
});
