import assert from "node:assert/strict";

import { KeyAlgorithm } from "../../sdk";
import { passwordHash } from "../../sdk/mosquitto/password";
import { Lab, type Suite } from "../lab";
import { type Login, type Server, Session } from "../support/proof/session";
import { newKey, selfSigned } from "../support/providers";
import type { Spec } from "./program/spec";
import { asRoot } from "./support/host";
import { said } from "./support/said";
import { piOf, Stack } from "./support/stack";

const LIVE = "/etc/mosquitto/current";
const [OLD, NEW] = ["first-Tulip-91-rover", "second-Tulip-92-rover"];
const hashOf = (password: string): string => passwordHash(password, Buffer.from("abcdefghijkl"), 101);

const SUITES: readonly Suite[] = ["bookworm", "trixie"];

/** What a SIGHUP does not make live, on 2.0.11 and 2.0.21; a listener that comes is in reload.test.ts. */
describe("a change that takes a restart", function () {
  this.timeout(120_000);
  let lab: Lab;
  let spec: Spec & { authority: ReturnType<typeof authorityOf> };
  let passwords: Readonly<Record<string, string>>;
  const stack = new Stack();

  const server = (suite: Suite): Server => ({
    address: lab.host(suite).ip,
    hostnames: ["mqtt-pi.local"],
    caPem: spec.authority.certificatePem,
  });
  const login = (username: string): Login => ({ username, password: passwords[username] ?? "" });
  const device = (): Login => ({ ...login("device"), clientId: "absent", isKept: true });

  before(async () => {
    lab = await Lab.start(SUITES.map((suite) => ({ name: suite, suite })));
    spec = {
      hosts: Object.fromEntries(SUITES.map((suite) => [suite, piOf(lab.host(suite))])),
      authority: authorityOf("First CA"),
      users: { witness: {}, device: {} },
      plainUsers: [{ username: "keeper", passwordHash: hashOf(OLD) }],
      rules: [
        { user: "witness", access: "readwrite", topic: "#" },
        { user: "device", access: "readwrite", topic: "orders/#" },
        { user: "keeper", access: "readwrite", topic: "orders/#" },
      ],
      broker: { hostnames: ["mqtt-pi.local"] },
    };
    await stack.up(spec);
    ({ passwords } = await stack.outputs());
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  it("another key type: the reason is told, and a kept session misses nothing", async () => {
    const authority = { ...spec.authority, algorithm: KeyAlgorithm.Rsa2048 };
    await losesNothing({ ...spec, authority }, "a server key of another type");
  });

  it("a password that somebody has put into the file already, unknown to the broker: a kept session misses nothing", async () => {
    const changed = { ...spec, plainUsers: [{ username: "keeper", passwordHash: hashOf(NEW) }] };
    const keeper = (password: string): Login => ({ username: "keeper", password, clientId: "keeper", isKept: true });
    const edit = `sed -i 's|^keeper:.*|keeper:${hashOf(NEW)}|' ${LIVE}/passwd`;
    const reason = "a client with a kept session has another password now";
    await losesNothing(changed, reason, { client: keeper(OLD), later: keeper(NEW), edit });
  });

  it("a setting that somebody has put into the files already, unknown to the broker", async () => {
    const limits = `${LIVE}/conf.d/limits.conf`;
    const changed = { ...spec, broker: { ...spec.broker, limits: { maxKeepalive: "10m" as const } } };
    await stack.up(changed);
    const [text = ""] = await Promise.all(SUITES.map((suite) => lab.host(suite).readFile(limits)));
    await stack.up(spec);
    for (const suite of SUITES) await lab.host(suite).writeFile(limits, text);
    await restarts(changed, "a change of conf.d/limits.conf");
  });

  /** `edit` is done on the hosts while the client is away. */
  async function losesNothing(
    changed: typeof spec,
    reason: string,
    { client = device(), later = client, edit = ":" }: { client?: Login; later?: Login; edit?: string } = {},
  ): Promise<void> {
    for (const suite of SUITES) {
      await using absent = await Session.open(server(suite), client);
      await absent.subscribe("orders/new");
      await absent.close();
      await say(suite, "before");
      await asRoot(lab.host(suite), edit);
    }
    await restarts(changed, reason);
    spec = changed;
    for (const suite of SUITES) {
      await say(suite, "after");
      await using back = await Session.open(server(suite), later);
      const texts = (await back.receiveUpTo("after")).map(({ text }) => text);
      assert.deepEqual(texts, ["before", "after"]);
    }
  }

  async function restarts(changed: Spec, reason: string): Promise<void> {
    const foretold = await stack.preview(changed);
    const foreseen = reason.replace("a client with a kept session ", "");
    for (const suite of SUITES) {
      const plan = said(foretold, `${suite}-broker`).find((line) => line.startsWith("plan ")) ?? "";
      assert.ok(plan.slice(plan.search(/restart (\(|if )/)).includes(foreseen), plan);
    }
    const printed = await stack.up(changed);
    assert.doesNotMatch(printed, /\.sh: \d+: /);
    const reports = await stack.reports();
    for (const suite of SUITES) {
      assert.match(printed, new RegExp(`${suite}-broker-state .*restarting mosquitto: ${reason}$`, "m"));
      assert.match(reports[`${suite}-broker-state`] ?? "", /^activation restart$/m);
    }
  }

  async function say(suite: Suite, text: string): Promise<void> {
    await using witness = await Session.open(server(suite), login("witness"));
    await witness.publish("orders/new", text);
  }

  function authorityOf(name: string) {
    const key = newKey();
    return { certificatePem: selfSigned(key, name), privateKeyPem: key };
  }
});
