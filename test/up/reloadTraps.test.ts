import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { foresee, passwordsDigest, type Situation } from "../../sdk/mosquitto/activation";
import { Lab, type LabHost, type Suite } from "../lab";
import { type Login, type Server, Session } from "../support/proof/session";
import { newKey, selfSigned } from "../support/providers";
import type { Spec } from "./program/spec";
import { CHANGES, EC, RSA, RULE } from "./support/changes";
import { shadowed, withDropIn } from "./support/faults";
import { asRoot } from "./support/host";
import { mainPid, rawSignal, restartedBy } from "./support/reloads";
import { piOf, Stack } from "./support/stack";

const SUITES: readonly Suite[] = ["bookworm", "trixie"];
const LIVE = "/etc/mosquitto/current";
const [TLS, WEBSOCKETS] = [8883, 9001];
const LOG = "/var/log/mosquitto/mosquitto.log";
const BACK = /^a client with a kept session may not have been back since the broker's last start$/;
const ACTIVATE = readFileSync(join(__dirname, "support/activate.sh"), "utf8");

const key = newKey();
const authority = { certificatePem: selfSigned(key, "Test CA"), privateKeyPem: key };

/** What a SIGHUP would break on 2.0.11 and 2.0.21, and that nobody's does. */
describe("a broker that is told to reload", function () {
  this.timeout(240_000);
  let lab: Lab;
  const stack = new Stack();
  let passwords: Readonly<Record<string, string>>;

  const host = (suite: Suite): LabHost => lab.host(suite);
  const server = (suite: Suite): Server => ({
    address: host(suite).ip,
    hostnames: ["mqtt-pi.local"],
    caPem: authority.certificatePem,
  });
  const login = (username: string): Login => ({ username, password: passwords[username] ?? "" });
  const absent = (): Login => ({ ...login("device"), clientId: "absent", isKept: true });
  const onBoth = <T>(act: (suite: Suite) => Promise<T>): Promise<T[]> => Promise.all(SUITES.map(act));

  before(async () => {
    lab = await Lab.start(SUITES.map((suite) => ({ name: suite, suite })));
    const spec: Spec = {
      hosts: Object.fromEntries(SUITES.map((suite) => [suite, piOf(host(suite))])),
      authority,
      users: { witness: {}, device: {} },
      rules: [
        { user: "witness", access: "readwrite", topic: "#" },
        { user: "device", access: "readwrite", topic: "orders/#" },
      ],
      broker: { hostnames: ["mqtt-pi.local"], listeners: { tls: {}, websockets: {} } },
    };
    await stack.up(spec);
    ({ passwords } = await stack.outputs());
    await onBoth(async (suite) => {
      await asRoot(host(suite), "cat >/root/ca.crt", authority.certificatePem);
      await asRoot(host(suite), "umask 077; cat >/root/ca.key", authority.privateKeyPem);
      await asRoot(host(suite), "apt-get -qq install --yes --no-install-recommends logrotate >/dev/null 2>&1");
    });
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  it("keeps a websockets listener's certificate when the signal comes raw, until a client has come by websockets", async () => {
    await onBoth(async (suite) => {
      await asRoot(host(suite), "systemctl restart mosquitto.service");
      const before = await served(suite, WEBSOCKETS);
      await asRoot(host(suite), `cd ${LIVE} && ${EC}`);
      const renewed = await onDisk(suite);
      assert.notEqual(renewed, before);
      // A second signal is of no more use than the first.
      for (let signals = 0; signals < 2; signals += 1) {
        await rawSignal(host(suite));
        assert.deepEqual([await served(suite, TLS), await served(suite, WEBSOCKETS)], [renewed, before]);
      }
      // From its first client on, the broker knows what to put the certificate into.
      await (await Session.open(server(suite), { ...login("witness"), listener: "websockets" })).close();
      assert.equal(await served(suite, WEBSOCKETS), before);
      await rawSignal(host(suite));
      assert.equal(await served(suite, WEBSOCKETS), renewed);
    });
  });

  it("is restarted when its websockets listener has not taken a certificate up all the same", async () => {
    await onBoth(async (suite) => {
      await asRoot(host(suite), "systemctl restart mosquitto.service");
      // The websocket that is opened before the signal is not.
      const once = "[ -e /run/unopened ] || { : >/run/unopened; exit 1; }";
      const script = `case "$*" in *s_client*-ign_eof*) ${once} ;; esac\nexec $real "$@"`;
      const { took, said } = await shadowed(host(suite), "openssl", script, () =>
        activate(suite, EC, ["certs/server.crt", "certs/server.key"]),
      );
      assert.equal(took, "restart");
      assert.match(said, /restarting mosquitto: a websockets listener keeps its certificate until then/);
      assert.equal(await served(suite, WEBSOCKETS), await onDisk(suite));
    });
  });

  for (const { what, command, files, kind, before } of CHANGES)
    it(`takes what was foreseen for ${what}: ${kind}`, async () => {
      await onBoth(async (suite) => {
        if (before !== undefined) await asRoot(host(suite), before);
        const { foreseen, took, said } = await activate(suite, command, files);
        assert.equal(foreseen.kind, kind);
        assert.equal(took, kind === "start" ? "restart" : kind);
        if (foreseen.why !== "") assert.ok(said.includes(`restarting mosquitto: ${foreseen.why}\n`), said);
      });
    });

  it("is left alone when it runs what it should, and started when it does not", async () => {
    await onBoth(async (suite) => {
      const again = `sh ${LIVE}/hooks.sh activate $(realpath ${LIVE}) $(realpath ${LIVE})`;
      const pid = await mainPid(host(suite));
      assert.equal(await asRoot(host(suite), again), "nothing");
      assert.equal(await mainPid(host(suite)), pid);
      await asRoot(host(suite), "systemctl stop mosquitto.service");
      assert.match(await observe(suite), /^loaded nothing$/m);
      assert.equal(await asRoot(host(suite), again), "restart");
      assert.notEqual(await mainPid(host(suite)), "0");
    });
  });

  it("is not sound when a drop-in of somebody's, read after ours, sets a command otherwise, which is named", async () => {
    await onBoth(async (suite) => {
      const verify = `sh ${LIVE}/hooks.sh verify ${LIVE}`;
      for (const setting of ["ExecStart=/usr/sbin/mosquitto -v", "ExecReload=/bin/kill -HUP $MAINPID"]) {
        const name = setting.slice(0, setting.indexOf("="));
        await withDropIn(host(suite), "override", `${name}=\\n${setting}`, () => asRoot(host(suite), verify));
        await withDropIn(host(suite), "zzz", `${name}=\\n${setting}`, async (path) => {
          const { code, stderr } = await host(suite).root(verify);
          assert.equal(code, 1);
          assert.match(stderr, new RegExp(`expected only ${name}=[^;]* /etc/mosquitto/current/[^;]*, got `));
          assert.ok(stderr.includes(`, got ${setting}; remove ${path} `), stderr);
          assert.ok((await observe(suite)).includes(`\nforeign ${setting}\n`));
          const pid = await mainPid(host(suite));
          for (const verb of ["validate", "activate"])
            assert.equal(
              (await host(suite).root(`sh ${LIVE}/hooks.sh ${verb} $(realpath ${LIVE}) $(realpath ${LIVE})`)).code,
              1,
            );
          assert.equal(await mainPid(host(suite)), pid, "nobody is dropped for what cannot work");
        });
      }
      await asRoot(host(suite), verify);
      assert.doesNotMatch(await observe(suite), /^foreign/m);
    });
  });

  it("forgets a session that it has restored, when the signal comes raw: a message is lost", async () => {
    await onBoth(async (suite) => {
      await leaveSession(suite);
      await asRoot(host(suite), "systemctl restart mosquitto.service");
      await rawSignal(host(suite));
      await say(suite, "lost");
      assert.deepEqual(await texts(suite, "told when back"), ["told when back"]);
    });
  });

  it("is restarted in place of that by systemctl reload and by logrotate, and the message comes", async () => {
    await onBoth(async (suite) => {
      await leaveSession(suite);
      await asRoot(host(suite), "systemctl restart mosquitto.service");
      await restartedBy(host(suite), "systemctl reload mosquitto.service", BACK);
      await say(suite, "kept by reload");
      await restartedBy(host(suite), "logrotate --force /etc/logrotate.d/mosquitto", BACK);
      await say(suite, "kept by logrotate");
      assert.match(
        await asRoot(host(suite), `cat ${LOG}`),
        /mosquitto version \S+ running/,
        "it goes on in the new file",
      );
      assert.deepEqual(await texts(suite, "last"), ["kept by reload", "kept by logrotate", "last"]);
    });
  });

  it("is restarted for a new rule as long as that client is away, and reloaded once it has been back", async () => {
    await onBoth(async (suite) => {
      await leaveSession(suite);
      await asRoot(host(suite), "systemctl restart mosquitto.service");
      await say(suite, "first");
      const away = await activate(suite, RULE, ["acl"]);
      assert.match(away.foreseen.uncertain ?? "", BACK);
      assert.equal(away.took, "restart");
      assert.match(away.said, /restarting mosquitto: a client with a kept session may not have been back since/);
      await say(suite, "second");
      await using back = await Session.open(server(suite), absent());
      await back.receiveUpTo("second");
      const there = await activate(suite, RULE, ["acl"]);
      assert.equal(there.took, "reload");
      await say(suite, "third");
      assert.deepEqual(
        (await back.receiveUpTo("third")).map(({ text }) => text),
        ["first", "second", "third"],
      );
    });
  });

  it("is restarted for another password of a user whose session is kept: no message is lost meanwhile", async () => {
    await onBoth(async (suite) => {
      await leaveSession(suite);
      const witnessHash = "$(sed -n s/^witness://p passwd)";
      const changed = `hash=${witnessHash}; sed -i "s|^device:.*|device:$hash|" passwd`;
      const { foreseen, took, said } = await activate(suite, changed, ["passwd"]);
      assert.match(foreseen.uncertain ?? "", /has another password now/);
      assert.equal(took, "restart");
      assert.match(said, /restarting mosquitto: a client with a kept session has another password now/);
      await say(suite, "kept");
      const device = { ...absent(), password: passwords["witness"] ?? "" };
      await using back = await Session.open(server(suite), device);
      assert.deepEqual(
        (await back.receiveUpTo("kept")).map(({ text }) => text),
        ["kept"],
      );
    });
  });

  it("keeps a key of the old type when the signal comes raw", async () => {
    await onBoth(async (suite) => {
      const rsa = await served(suite, TLS);
      await asRoot(host(suite), `cd ${LIVE} && ${EC}`);
      await rawSignal(host(suite));
      await asRoot(host(suite), `cd ${LIVE} && ${RSA}`);
      await rawSignal(host(suite));
      const key = await onDisk(suite);
      assert.notEqual(await served(suite, TLS), key);
      assert.notEqual(await served(suite, TLS), rsa, "it had taken the EC key, and keeps it");
      await asRoot(host(suite), "systemctl restart mosquitto.service");
      assert.equal(await served(suite, TLS), key);
    });
  });

  /** Has the hooks make a changed generation live, and foresees it from the same facts. */
  async function activate(suite: Suite, command: string, files: readonly string[]) {
    const read = (path: string) => host(suite).readFile(`${LIVE}/${path}`);
    const facts = Object.fromEntries(
      (await observe(suite)).split("\n").map((line) => [line.replace(/ .*/, ""), line.replace(/^\S+ /, "")]),
    );
    const live = await asRoot(host(suite), `basename $(realpath ${LIVE})`);
    const certificate = await read("certs/server.crt");
    const name = `${String(Number(live.slice(0, 4)) + 1).padStart(4, "0")}-test`;
    const { stdout, stderr, code } = await host(suite).root(`sh -s ${name} '${command.replaceAll("'", "'\\''")}'`, {
      stdin: ACTIVATE,
    });
    assert.equal(code, 0, stderr);
    const listeners = (await read("plan")).matchAll(/^listener (\S+)/gm);
    const foreseen = foresee({
      changes: files,
      certificate: { live: certificate, wanted: await read("certs/server.crt") },
      hasOtherPasswords: passwordsDigest(await read("passwd")) !== facts["passwords"],
      runs: facts["loaded"] === live ? "live" : facts["loaded"] === "nothing" ? "nothing" : "other",
      listeners: [...listeners].map(([, listener]) => listener) as Situation["listeners"],
      limitsListeners: false,
      takesAuthorities: true,
      persistence: true,
      version: facts["version"],
      restored: facts["restored"] as Situation["restored"],
    });
    return { foreseen, took: stdout.trim(), said: stderr };
  }

  /** The public key of the certificate that a listener serves. */
  function served(suite: Suite, port: number): Promise<string> {
    const connect = `openssl s_client -connect 127.0.0.1:${port} </dev/null 2>/dev/null`;
    return asRoot(host(suite), `${connect} | openssl x509 -noout -pubkey`);
  }

  function onDisk(suite: Suite): Promise<string> {
    return asRoot(host(suite), `openssl x509 -in ${LIVE}/certs/server.crt -noout -pubkey`);
  }

  function observe(suite: Suite): Promise<string> {
    return asRoot(host(suite), `sh ${LIVE}/hooks.sh observe ${LIVE}`);
  }

  /** A client comes, asks for its messages to be kept, and goes. */
  async function leaveSession(suite: Suite): Promise<void> {
    // Whatever it had before is given up.
    await (await Session.open(server(suite), { ...absent(), isKept: false })).close();
    const session = await Session.open(server(suite), absent());
    await session.subscribe("orders/new");
    await session.close();
  }

  async function say(suite: Suite, text: string): Promise<void> {
    await using witness = await Session.open(server(suite), login("witness"));
    await witness.publish("orders/new", text);
  }

  /** What comes for the client that was away: with this, said when it is back, as the last. */
  async function texts(suite: Suite, last: string): Promise<string[]> {
    await using back = await Session.open(server(suite), absent());
    await say(suite, last);
    return (await back.receiveUpTo(last)).map(({ text }) => text);
  }
});
