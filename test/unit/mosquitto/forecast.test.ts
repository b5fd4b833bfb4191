import assert from "node:assert/strict";

import { GAP } from "../../../sdk/core/gap";
import { passwordsDigest } from "../../../sdk/mosquitto/activation";
import { forecast } from "../../../sdk/mosquitto/forecast";
import { type BrokerSpec, brokerModel } from "../../../sdk/mosquitto/model";
import { KeyAlgorithm } from "../../../sdk/tls/model";
import { AUTHORITY, SMALL } from "../../support/brokers";
import { describedFile, desiredWith, file, HOST, observed, type Seen } from "../../support/observed";

const LOADED = "fact loaded 0001-0123456789ab";
const FACTS = [LOADED, "fact clients 14", "fact version 2.0.11", "fact restored no"];

/** What is said of these changed files, on a host of which this is seen. */
function said(
  changes: readonly string[],
  { more = FACTS, installs = [], ...seen }: Seen & { readonly installs?: string[] } = {},
  spec: BrokerSpec = SMALL,
): string {
  const concept = observed({ ...seen, more }).concepts.get("mosquitto") ?? assert.fail();
  const wanted = desiredWith([file("certs/server.crt", GAP)]);
  return forecast(brokerModel(spec))({ changes, installs }, wanted, concept);
}

describe("the forecast", () => {
  it("tells how many clients a restart drops, and a reload keeps", () => {
    const with1 = { more: FACTS.map((fact) => fact.replace("clients 14", "clients 1")) };
    const with0 = { more: FACTS.map((fact) => fact.replace("clients 14", "clients 0")) };
    const restart = "restart (a change of conf.d/limits.conf)";
    assert.equal(said(["conf.d/limits.conf"]), `${restart}: drops 14 connected clients`);
    assert.equal(said(["conf.d/limits.conf"], with1), `${restart}: drops 1 connected client`);
    assert.equal(said(["conf.d/limits.conf"], with0), restart);
    assert.match(
      said(["acl"]),
      /^reload: 14 connected clients stay connected; a restart if .*: drops 14 connected clients$/,
    );
    assert.match(said(["acl"], with1), /^reload: 1 connected client stays connected; /);
    assert.match(said(["acl"], with0), /^reload; a restart if [^:]*$/);
  });

  it("knows the type of a key that is to be issued", () => {
    const issued = { ...SMALL, authority: { ...AUTHORITY, algorithm: KeyAlgorithm.Rsa2048 } };
    const now = AUTHORITY.certificatePem.trim().split("\n");
    const seen = { more: [...FACTS, ...now.map((line) => `line certs/server.crt:${line}`)] };
    const changes = ["certs/server.crt", "certs/server.key"];
    assert.match(said(changes, seen, issued), /^restart \(a server key of another type\): /);
    assert.match(said(changes, seen), /^reload: /);
    assert.match(said(changes), /; a restart if the server's key is of another type, or if a client /);
  });

  it("fears for sessions when somebody has edited the passwords, though they are those that are wanted", () => {
    const more = [...FACTS, `fact passwords ${passwordsDigest("")}`];
    const host = (passwd: string) => [...HOST, ...describedFile("passwd", passwd)];
    const told = (seen: Seen) => said(["passwd"], { more, ...seen });
    assert.equal(told({ manifest: host("new") }), "reload: 14 connected clients stay connected");
    assert.match(
      told({ manifest: host("old"), now: host("new") }),
      /; a restart if a client with a kept session has another password now: drops/,
    );
  });

  it("takes all clients for dropped where it is not known how many there are", () => {
    const restart = "restart (a change of conf.d/limits.conf): drops all connected clients";
    for (const fact of [[], ["fact clients "], ["fact clients unknown"], ["fact clients 1e3"]])
      assert.equal(said(["conf.d/limits.conf"], { more: [LOADED, ...fact] }), restart);
    assert.match(
      said(["acl"], { more: [LOADED] }),
      /^reload: all connected clients stay connected; a restart if .*: drops all/,
    );
    assert.equal(said([], { more: ["fact loaded nothing"] }), "mosquitto is started");
  });

  it("has the package's installation restart what runs, and drop its clients", () => {
    const installs = ["mosquitto-clients", "mosquitto"];
    const restart = "restart (by the installation): drops 14 connected clients";
    assert.equal(said([], { installs }), restart);
    assert.match(
      said(["acl"], { installs }),
      /^restart \(by the installation\): drops 14 connected clients, then reload; a restart if [^:]*$/,
    );
    assert.equal(said(["a.conf"], { installs }), `${restart}, then restart (a change of a.conf)`);
    assert.equal(said([], { installs, more: ["fact loaded nothing"] }), "mosquitto is started");
    assert.equal(said([], { installs: ["mosquitto-clients"] }), "nothing is reloaded");
  });

  it("counts a link among the settings, and no other link", () => {
    const links = (path: string) => ({ now: [...HOST, `entry 777 root:root l ./${path}`] });
    assert.match(said([], links("conf.d/zz.conf")), /^restart \(a change of conf\.d\/zz\.conf\)/);
    for (const path of ["certs/zz.conf", "conf.d/notes"]) assert.equal(said([], links(path)), "nothing is reloaded");
  });

  it("goes by what the broker has loaded", () => {
    const other = "restart (it runs something else than the configuration before): drops 14 connected clients";
    assert.equal(said([]), "nothing is reloaded");
    assert.equal(said([], { more: ["fact loaded other", "fact clients 14"] }), other);
    assert.equal(said([], { more: ["fact loaded ", "fact clients 14"] }), other);
    assert.equal(said([], { more: ["fact loaded nothing"] }), "mosquitto is started");
  });

  it("goes by what systemd says where the generation does not tell", () => {
    const gone = HOST.map((line) => line.replace(/^generation .*/, "generation "));
    const stopped = HOST.map((line) => line.replace(" active ", " inactive "));
    assert.equal(said(["hooks.sh"], { more: [] }), "nothing is reloaded");
    assert.match(said(["acl"], { now: gone, more: [] }), /^restart \(it runs something else/);
    assert.equal(said(["hooks.sh"], { now: stopped, more: [] }), "mosquitto is started");
  });
});
