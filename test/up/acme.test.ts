import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";

import { StartedUp } from "../chaos/startedUp";
import { PulumiProject } from "../engine/engine";
import { Lab, type LabHost, type Suite } from "../lab";
import { type Login, type Server, Session } from "../support/proof/session";
import { PORTS } from "../support/proof/target";
import { temporaryFolder } from "../support/temporaryFolder";
import type { Spec } from "./program/spec";
import { AcmeServer, LIVE, livePair, MEMORY, ORDER, RENEW } from "./support/acme";
import { hasOldPair, NO_TRIAL } from "./support/brokerFaults";
import { shadowed } from "./support/faults";
import { asRoot, differences, exposure, journal, snapshot } from "./support/host";
import { HostSearch } from "./support/hostSearch";
import { foundIn, keyNeedle, passwordNeedle } from "./support/needles";
import { newcomers } from "./support/newcomers";
import { until } from "./support/reloads";
import { said } from "./support/said";
import { servedCertificate } from "./support/served";
import { type Outputs, piOf, Stack } from "./support/stack";
import { Swarm } from "./support/swarm";

type Ordered = NonNullable<Spec["acme"]>[string];

const SUITES: readonly Suite[] = ["bookworm", "trixie"];
const EXPIRY = "pulumi-mosquitto-pi-expiry";

const EXAMPLE = resolve(__dirname, "../../examples/acme");

/** A key that the name server does not know. */
const WRONG = Buffer.from("wrong-".repeat(6)).toString("base64");

/** Put where secrets must not be, so that a search that finds nothing else is known to search. */
const planted = passwordNeedle("planted", `planted-${randomBytes(12).toString("hex")}`);

/** Debian keeps the broker's user; the others are of this test. */
const OF_OTHERS = /^\+ (mosquitto$|\/run\/(shadow\.|needles))/;

describe("a certificate that the Pi orders", function () {
  this.timeout(300_000);
  let lab: Lab;
  let ca: AcmeServer;
  let bare: string[];
  let searches: HostSearch[];
  let spec: Spec;
  let outputs: Outputs;
  const stack = new Stack();

  before(async () => {
    lab = await Lab.start([...SUITES.map((suite) => ({ name: suite, suite })), { name: "ca", suite: "trixie" }]);
    ca = await AcmeServer.on(lab.host("ca"));
    await onBoth((suite) => ca.answers(lab.host(suite)));
    bare = await onBoth((suite) => snapshot(lab.host(suite)));
    spec = {
      hosts: Object.fromEntries(SUITES.map((suite) => [suite, piOf(lab.host(suite))])),
      users: { admin: {}, device: {}, card: { certificate: true } },
      rules: [
        { user: "admin", access: "read", topic: "$mosquitto-pi/certificates" },
        { user: "admin", access: "readwrite", topic: "swarm/#" },
        { user: "device", access: "write", topic: "swarm/#" },
      ],
      broker: { listeners: { tls: {}, mutualTls: {}, websockets: {} } },
      acme: ordered((suite) => ({ domains: [nameOf(suite)], http01: {} })),
    };
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  it("is not there as long as its name does not lead to the Pi, which up tells", async () => {
    const printed = await stack.upFails(spec);
    for (const suite of SUITES)
      assert.match(
        printed,
        new RegExp(`error: no certificate for ${nameOf(suite)} was ordered .*: port 80 of each name`),
      );
    await onBoth((suite) => ca.point(nameOf(suite), lab.host(suite).ip));
  });

  it("is served to clients that know its authority alone, and then there is nothing to do", async () => {
    await stack.up(spec);
    outputs = await stack.outputs();
    await onBoth(async (suite) => {
      assert.equal(outputs.urls[suite]?.["tls"], `mqtts://${nameOf(suite)}:8883`);
      for (const listener of ["tls", "mutualTls", "websockets"] as const)
        await (await Session.open(server(suite), login("device", listener))).close();
      assert.equal(outputs.expires[suite], new Date((await served(suite)).valid_to).toISOString().replace(".000", ""));
      assert.equal(await asRoot(lab.host(suite), `systemctl is-active ${RENEW}.timer`), "active");
    });
    await stack.up(spec, "--expect-no-changes");
    await hasNothingToDo();
  });

  it("is ordered by a service that can do nothing else, and renewed by one that can do little more", async () => {
    await onBoth(async (suite) => {
      const host = lab.host(suite);
      assert.ok((await exposure(host, ORDER)) <= 1.5);
      assert.ok((await exposure(host, RENEW)) <= 3.5);
    });
  });

  it("is renewed by the Pi, with everybody staying connected and nobody turned away", async () => {
    const before = await onBoth((suite) => fingerprint(suite));
    await onBoth((suite) => ca.age(lab.host(suite), 30));
    await using swarm = await Swarm.start(...SUITES.map(swarmOf));
    const browsers = await onBoth((suite) => Session.open(server(suite), login("device", "websockets")));
    const visits = SUITES.map((suite) => newcomers(server(suite), PORTS.tls));
    await onBoth((suite) => asRoot(lab.host(suite), `systemctl start ${RENEW}.service`));
    for (const end of visits) assert.ok((await end()) > 0);
    for (const browser of browsers) {
      assert.ok(browser.isOpen);
      await browser.close();
    }
    for (const { disconnects, refused, lost } of await swarm.stop())
      assert.deepEqual({ disconnects, refused, lost }, { disconnects: 0, refused: 0, lost: 0 });
    await onBoth(async (suite, i) => {
      const prints = await Promise.all(Object.values(PORTS).map((port) => fingerprint(suite, port)));
      assert.equal(new Set(prints).size, 1);
      assert.notEqual(prints[0], before[i]);
    });
    await hasNothingToDo();
  });

  it("is warned of when it comes near its end all the same", async () => {
    await onBoth(async (suite) => {
      const host = lab.host(suite);
      await ca.age(host, 2);
      await host.root(`systemctl start ${EXPIRY}.service`);
      assert.match(await journal(host, EXPIRY), new RegExp(`why this host has not: journalctl -u ${RENEW}`));
    });
  });

  it("stays when its authority does not find the Pi, which the next preview tells", async () => {
    await onBoth(async (suite) => {
      await ca.point(nameOf(suite), lab.host("ca").ip);
      await isNotRenewed(suite, /urn:ietf:params:acme:error:connection/);
      await ca.point(nameOf(suite), lab.host(suite).ip);
    });
    const preview = await stack.preview(spec, { expectNoChanges: true });
    for (const suite of SUITES)
      assert.match(
        said(preview, `${suite}-acme`).join("\n"),
        new RegExp(`a certificate whose renewal has failed: journalctl -u ${RENEW}`),
      );
  });

  it("stays when the broker does not start with the new one", async () => {
    await onBoth((suite) =>
      isNotRenewed(suite, /Unable to load server key file/, (host, renew) =>
        shadowed(host, "mosquitto", NO_TRIAL, renew),
      ),
    );
  });

  it("is taken back when the broker does not serve the new one", async () => {
    await onBoth((suite) =>
      isNotRenewed(suite, /the former one is live again/, async (host, renew) => {
        await asRoot(host, `cp -pLR ${LIVE} /run/older`);
        await shadowed(host, "mosquitto", hasOldPair(LIVE), async () => {
          await asRoot(host, "systemctl restart mosquitto.service");
          await renew();
        });
        await asRoot(host, "rm -r /run/older; systemctl restart mosquitto.service");
      }),
    );
  });

  it("is missed when somebody has removed it, and back with the next run", async () => {
    await onBoth((suite) => asRoot(lab.host(suite), `rm ${LIVE}/server.crt`));
    const preview = await stack.preview(spec);
    for (const suite of SUITES) assert.match(said(preview, `${suite}-acme`).join("\n"), /certificate is missing/);
    await stack.up(spec);
    await hasNothingToDo();
    await onBoth(async (suite) => (await Session.open(server(suite), login("device"))).close());
  });

  it("stays when it is to be ordered in a way that fails", async () => {
    const before = await onBoth(state);
    const printed = await stack.upFails({ ...spec, acme: wildcards({ RFC2136_TSIG_SECRET: WRONG }) });
    assert.match(printed, /rfc2136/);
    assert.deepEqual(await onBoth(state), before);
  });

  it("is for all names of a domain where DNS proves that it is one's own", async () => {
    searches = await onBoth((suite) => HostSearch.start(lab.host(suite)));
    spec = { ...spec, acme: wildcards() };
    await stack.up(spec);
    await onBoth(async (suite, i) => {
      const target = { ...server(suite), hostnames: [`kitchen.${nameOf(suite)}`] } as const;
      await (await Session.open(target, login("device"))).close();
      await asRoot(lab.host(suite), `logger ${planted.text}; sh -c 'sleep 0.5' ${planted.text}`);
      await searches[i]?.stop();
    });
    await hasNothingToDo();
  });

  it("has a key that stays on the Pi, and credentials that are found where they are needed only", async () => {
    const credentials = [passwordNeedle("TSIG", ca.tsigSecret), passwordNeedle("wrong TSIG", WRONG)];
    assert.deepEqual(foundIn(JSON.stringify(await stack.project.exportState()) + stack.printed, credentials), []);
    await onBoth(async (suite, i) => {
      const key = await lab.host(suite).readFile(`${LIVE}/server.key`);
      const hits = await searches[i]?.find([...credentials, keyNeedle("server key", key), planted]);
      assert.deepEqual(
        hits?.map((hit) => hit.replace(/\/\d+(-\w+)?\//, "/N/")),
        [
          `file:${MEMORY}/pairs/N/server.key server key`,
          `file:${MEMORY}/spare/N/credentials/RFC2136_TSIG_SECRET TSIG`,
          `file:${MEMORY}/wanted/generations/N/credentials/RFC2136_TSIG_SECRET TSIG`,
          "journal planted",
          "process planted",
        ],
      );
    });
  });

  it("is ordered by the next run when the power was cut meanwhile, and after that the Pi goes on by itself", async () => {
    spec = {
      ...spec,
      acme: ordered((suite) => ({ domains: [nameOf(suite)], email: "me@example.org", http01: {} })),
    };
    const up = await StartedUp.start(stack, spec);
    await onBoth(async (suite) => {
      const host = lab.host(suite);
      await until(async () => (await host.root("pgrep -x lego")).code === 0);
      await host.cut();
    });
    up.killAll();
    await onBoth(async (suite) => {
      const host = lab.host(suite);
      await host.boot();
      await until(async () => (await host.root(`systemctl is-active mosquitto.service ${RENEW}.timer`)).code === 0);
      await (await Session.open(server(suite), login("device"))).close();
    });
    await stack.project.pulumi(["cancel", "--yes"]);
    await stack.up(spec);
    await hasNothingToDo();
  });

  it("is gone, with all that was there for it, when it is destroyed", async () => {
    await stack.destroy();
    await onBoth(async (suite, i) => {
      assert.deepEqual(
        differences(bare[i] ?? "", await snapshot(lab.host(suite))).filter((line) => !OF_OTHERS.test(line)),
        [],
      );
    });
  });

  it("is what examples/acme has", async () => {
    const folder = temporaryFolder("acme");
    const host = lab.host("trixie");
    const project = new PulumiProject({ dir: EXAMPLE, backendDir: folder.path });
    const domain = nameOf("trixie");
    const configuration = { host: host.ip, hostKey: host.hostKey, domain, dnsProvider: "rfc2136" };
    for (const [key, value] of Object.entries({ ...configuration, acmeServer: ca.directory, acmeCaPem: ca.caPem }))
      await project.setConfig(key, value);
    await project.setConfig("privateKey", host.privateKey, { secret: true });
    for (const [name, value] of Object.entries(ca.dnsCredentials)) {
      const set = ["config", "set", "--secret", "--path", `dnsCredentials.${name}`];
      assert.equal((await project.pulumi(set, { stdin: value })).code, 0);
    }
    try {
      const { code, stdout, stderr } = await project.up();
      assert.equal(code, 0, stdout + stderr);
      const { url, sensorPassword } = await project.outputs({ showSecrets: true });
      assert.equal(url, `mqtts://${domain}:8883`);
      await using session = await Session.open(server("trixie"), {
        username: "sensor",
        password: String(sensorPassword),
      });
      await session.publish("home/garden/temperature", "20");
      assert.equal((await project.destroy()).code, 0);
    } finally {
      folder.remove();
    }
  });

  /** The Pi looks whether it is time, while something is amiss: the unit has failed, with these words, and all is as it was. */
  async function isNotRenewed(
    suite: Suite,
    words: RegExp,
    amiss: (host: LabHost, renew: () => Promise<void>) => Promise<void> = (_, renew) => renew(),
  ): Promise<void> {
    const host = lab.host(suite);
    await ca.age(host, 30);
    const before = await state(suite);
    const since = await asRoot(host, "date '+%F %T'");
    await amiss(host, async () => {
      assert.notEqual((await host.root(`systemctl start ${RENEW}.service`)).code, 0);
    });
    assert.match(await journal(host, RENEW, since), words);
    assert.deepEqual(await state(suite), before);
    assert.equal(await asRoot(host, `systemctl is-failed ${RENEW}.service`), "failed");
  }

  /** What is live, and what clients see of it. */
  function state(suite: Suite): Promise<string[]> {
    return Promise.all([livePair(lab.host(suite)), fingerprint(suite)]);
  }

  async function hasNothingToDo(): Promise<void> {
    await stack.preview(spec, { expectNoChanges: true });
  }

  async function fingerprint(suite: Suite, port?: number): Promise<string> {
    return (await served(suite, port)).fingerprint256;
  }

  function served(suite: Suite, port: number = PORTS.tls) {
    return servedCertificate(server(suite), port);
  }

  /** As a client that knows no authority but the one that has signed public certificates. */
  function server(suite: Suite): Server {
    return { address: lab.host(suite).ip, hostnames: [nameOf(suite)], caPem: ca.rootPem };
  }

  function swarmOf(suite: Suite) {
    return { server: server(suite), login: login("device"), witness: login("admin"), clients: 20 };
  }

  function login(username: string, listener: keyof typeof PORTS = "tls"): Login {
    const certificate = outputs.certificates["card"];
    return listener === "mutualTls"
      ? { listener, ...(certificate && { certificate }) }
      : { listener, username, password: outputs.passwords[username] ?? "" };
  }

  function ordered(rest: (suite: Suite) => Omit<Ordered, "server" | "caPem">): Record<string, Ordered> {
    const { directory, caPem } = ca;
    return Object.fromEntries(SUITES.map((suite) => [suite, { server: directory, caPem, ...rest(suite) }]));
  }

  function wildcards(credentials: Readonly<Record<string, string>> = {}): Record<string, Ordered> {
    const dns01 = { provider: "rfc2136", credentials: { ...ca.dnsCredentials, ...credentials } };
    return ordered((suite) => ({ domains: [nameOf(suite), `*.${nameOf(suite)}`], dns01 }));
  }

  function onBoth<T>(act: (suite: Suite, index: number) => Promise<T>): Promise<T[]> {
    return Promise.all(SUITES.map(act));
  }
});

function nameOf(suite: Suite): string {
  return `${suite}.example.org`;
}
