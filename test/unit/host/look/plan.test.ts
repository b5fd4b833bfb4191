import assert from "node:assert/strict";

import { GAP } from "../../../../sdk/core/gap";
import { visible } from "../../../../sdk/core/visible";
import type { DesiredFile, DesiredState } from "../../../../sdk/host/desired";
import { driftLines } from "../../../../sdk/host/look/drift";
import { type Observation, observationOf } from "../../../../sdk/host/look/observation";
import { fileChanges } from "../../../../sdk/host/look/fileChanges";
import { type Foresee, planLines } from "../../../../sdk/host/look/plan";
import { matchesGolden } from "../../../support/golden";
import { describedFile, desiredWith, file, HEAD, HOST, observed, type Seen } from "../../../support/observed";

const ACL = file("acl", "user sensor1\ntopic write home/livingroom/temperature\n", { mode: "0600" });
const CONF = file("mosquitto.conf", "persistence true\nlog_type all\n");
const KEY = file("certs/server.key", "KEY ONE\n", { shown: "name" });
const PLAN = file("plan", "listener tls\n", { shown: "nothing" });
const PASSWD = file("passwd", "sensor1:$7$HASH\n", { shown: "summary", summary: "user sensor1\n" });
const HOOKS = file("hooks.sh", "#!/bin/sh\n", { shown: "nothing" });
const FILES = [ACL, CONF, KEY, PLAN, PASSWD];

const WANTED = desiredWith(FILES);

/** A host on which these files are live. */
function deployed(files: readonly DesiredFile[] = FILES, seen: Seen = {}) {
  const manifest = [...HOST, ...[...files, HOOKS].flatMap(({ path, content }) => describedFile(path, content))];
  const texts = files.flatMap(({ path, content, shown, summary = "" }) => {
    if (shown !== "content" && shown !== "summary") return [];
    const lines = (shown === "content" ? content : summary).replace(/\n$/, "").split("\n");
    return lines.map((line) => (shown === "content" ? `line ${path}:${line}` : `fact summary ${path} ${line}`));
  });
  return observed({ manifest, ...seen, more: [...texts, ...(seen.more ?? [])] });
}

const wants = (...changed: DesiredFile[]): DesiredState =>
  desiredWith([...FILES.filter(({ path }) => !changed.some((one) => one.path === path)), ...changed]);
const starts = () => "mosquitto is started";
const reload = () => "reload: 14 connected clients stay connected";
const plan = (wanted: DesiredState, seen = deployed(), foresee: Foresee = reload): string[] =>
  planLines("pi (192.168.1.57)", seen, wanted, foresee);

const drifts = (seen: Observation): string[] =>
  driftLines("pi (192.168.1.57)", seen.concepts.get("mosquitto")?.drift ?? []);

const PLANS: Readonly<Record<string, () => string[]>> = {
  "a rule more": () => plan(wants({ ...ACL, content: `${ACL.content}topic read home/kitchen/#\n` })),
  "a rule that is known after up only": () => plan(wants({ ...ACL, content: `user sensor1\ntopic write ${GAP}\n` })),
  "a password": () => plan(wants({ ...PASSWD, content: "sensor1:$7$OTHER\n", summary: "user sensor1\ndigest: 2\n" })),
  "a user that is known after up only": () =>
    plan(
      wants({ ...PASSWD, content: `sensor1:$7$HASH\nb:${GAP}\n`, summary: `user sensor1\nuser b\ndigest: ${GAP}\n` }),
    ),
  "a key": () => plan(wants({ ...KEY, content: "KEY TWO\n" })),
  "a new file, one that goes and one that is changed": () =>
    plan(
      desiredWith(
        [...FILES.filter(({ path }) => path !== "mosquitto.conf"), { ...ACL, path: "conf.d/tls.conf" }].map((one) =>
          one === KEY ? { ...KEY, content: "x" } : one,
        ),
      ),
    ),
  "what only the SDK needs": () =>
    plan(wants({ ...PLAN, content: "listener websockets\n" }), deployed(), () => "nothing"),
  "a file edited by hand": () => {
    const now = [
      ...HOST,
      ...[{ ...ACL, content: "topic readwrite #\n" }, CONF, KEY, PLAN, PASSWD, HOOKS].flatMap((f) =>
        describedFile(f.path, f.content),
      ),
    ];
    const edited = "line acl:topic readwrite #";
    const seen = deployed([CONF, KEY, PLAN, PASSWD], { manifest: [...deployedLines(), ...HOST], now, more: [edited] });
    return [...drifts(seen), ...plan(WANTED, seen)];
  },
  "foreign files": () => {
    const foreign = [...describedFile("conf.d/zz.conf", "listener 1999\n"), ...describedFile("\x1b[31mred", "x")];
    const seen = deployed(FILES, {
      now: [...deployedLines(), ...HOST, ...foreign],
      manifest: [...deployedLines(), ...HOST],
    });
    return [...drifts(seen), ...plan(WANTED, seen)];
  },
  "a command that is not ours": () => {
    const foreign = "fact foreign ExecReload=/bin/reload --password hunter2";
    const seen = deployed(FILES, { manifest: [...deployedLines(), ...HOST], more: [foreign] });
    return [...drifts(seen), ...plan(WANTED, seen, () => "nothing is reloaded")];
  },
  "a package that is missing": () => {
    const now = [...deployedLines(), ...HOST].filter((line) => !line.startsWith("package "));
    const seen = deployed(FILES, { manifest: [...deployedLines(), ...HOST], now });
    return [
      ...drifts(seen),
      ...plan(WANTED, seen, ({ installs }) => `restart (by the installation of ${installs.join(", ")})`),
    ];
  },
  "an older package": () => {
    const seen = deployed(FILES, { manifest: [...deployedLines(), ...HOST], more: ["downgraded mosquitto"] });
    return plan(WANTED, seen, () => "nothing is reloaded");
  },
  "a package that is new to the program": () => plan(desiredWith(FILES, { packages: ["mosquitto", "openssl"] })),
  "a host with nothing of ours": () => plan(WANTED, bare("adduser openssl"), starts),
  "a host with nothing of ours and all packages": () => plan(WANTED, bare("mosquitto"), starts),
  "a host with somebody's own broker": () => {
    const earlier = ["/etc/mosquitto/conf.d/mine.conf", "/etc/elsewhere", "/etc/mosquitto/\x1bred"];
    return plan(WANTED, bare("mosquitto", ...earlier.map((path) => `earlier ${path}`)), starts);
  },
  "a host with nothing of ours, and what is known after up only": () =>
    plan(
      wants(
        { ...ACL, content: "" },
        { ...CONF, content: `max_connections ${GAP}\n` },
        { ...PASSWD, summary: `user sensor1\ndigest: ${GAP}\n` },
      ),
      bare("mosquitto"),
      starts,
    ),
  "more than anybody reads": () => {
    const content = Array.from({ length: 5000 }, (_, i) => `user ${i}\n`).join("");
    return [
      ...plan(wants({ ...ACL, content }), bare("mosquitto"), starts),
      ...plan(wants({ ...ACL, content: content.slice(0, 700) })),
    ];
  },
  "what cannot be shown": () => {
    const conf = (password: string) => ({ ...CONF, content: `remote_password ${password}\n` });
    return plan(wants(conf("SECRET TWO")), deployed([ACL, conf("SECRET ONE"), KEY, PLAN, PASSWD]));
  },
  "a host that forgot": () => {
    const seen = forgetful();
    return [...drifts(seen), ...plan(WANTED, seen, starts)];
  },
  "a host that forgot, but goes on": () => {
    const now = [...HOST, ...[...FILES, HOOKS].flatMap(({ path, content }) => describedFile(path, content))];
    const texts = ACL.content.trim().split("\n");
    const seen = forgetful(...now.map((line) => `now ${line}`), ...texts.map((line) => `line acl:${line}`));
    return [
      ...drifts(seen),
      ...plan(wants({ ...ACL, content: `${ACL.content}topic read x\n` }), seen),
      "",
      ...plan(WANTED, seen, () => "nothing is reloaded"),
    ];
  },
};

function deployedLines(): string[] {
  return [...FILES, HOOKS].flatMap(({ path, content }) => describedFile(path, content));
}

function forgetful(...lines: string[]) {
  const more = ["identity 0123456789abcdef", "forgotten x", ...lines];
  return observed({ id: null, more }, [...HEAD, "installed mosquitto"]);
}

function bare(installed: string, ...lines: string[]) {
  const stdout = [...HEAD, `installed ${installed}`, ...lines, "end", ""].join("\n");
  return observationOf({ code: 0, stdout, stderr: "" }, "pi");
}

describe("a plan in words", () => {
  it("is none where nothing changes", () => {
    assert.deepEqual(plan(WANTED), []);
    assert.deepEqual(drifts(deployed()), []);
  });

  for (const [what, told] of Object.entries(PLANS))
    it(`tells ${what}`, () => {
      matchesGolden(`plan/${what.replaceAll(/[^a-z]+/g, "-")}.txt`, `${visible(told().join("\n"))}\n`);
    });

  it("has what runs take in what somebody edited by hand and the program then takes over", () => {
    const edited = { ...CONF, content: "log_type none\n" };
    const now = [...HOST, ...[ACL, edited, KEY, PLAN, PASSWD, HOOKS].flatMap((f) => describedFile(f.path, f.content))];
    const seen = deployed([ACL, edited, KEY, PLAN, PASSWD], { manifest: [...HOST, ...deployedLines()], now });
    const told = (wanted: DesiredState, observation = seen) =>
      planLines("pi", observation, wanted, ({ changes }) => changes.join(" "));
    assert.deepEqual(told(wants(edited)), ["plan for pi: mosquitto.conf"]);
    assert.match(told(wants(edited, { ...ACL, content: "" }))[0] ?? "", /acl mosquitto\.conf$/);
    const elsewhere = now.map((line) => line.replace(/^generation .*/, "generation 0002-ffffffffffff"));
    const other = deployed([ACL, edited, KEY, PLAN, PASSWD], {
      manifest: [...HOST, ...deployedLines()],
      now: elsewhere,
    });
    assert.deepEqual(told(wants(edited), other), ["plan for pi: "], "nothing is known of what was deployed there");
  });

  it("does not go on and on", () => {
    const strays = Array.from({ length: 60 }, (_, i) => `stray /x/${i}`);
    const lines = drifts(observed({ now: [...HOST, ...strays] }));
    assert.equal(lines[0], "drift on pi (192.168.1.57): 60 things not as deployed; `pulumi up` puts them right");
    assert.deepEqual([lines.length, lines.at(-1)], [52, "  and 10 more"]);
    const paths = Array.from({ length: 60 }, (_, i) => `z${i}`);
    const now = [...deployedLines(), ...HOST, ...paths.flatMap((path) => describedFile(path, ""))];
    const long = plan(WANTED, deployed(FILES, { now, manifest: [...deployedLines(), ...HOST] }));
    assert.deepEqual([long.length, long.at(-1)], [52, "  and 10 more"]);
    const earlier = plan(WANTED, bare("", ...paths.map((path) => `earlier /etc/mosquitto/${path}`)));
    assert.equal(earlier[51], "  and 10 more");
  });

  it("never holds what a secret file holds", () => {
    const wanted = wants(
      { ...KEY, content: "SECRET TWO\n" },
      { ...PASSWD, content: "SECRET THREE\n", summary: "user x\n" },
    );
    const live = deployed([ACL, CONF, { ...KEY, content: "SECRET ONE\n" }, PLAN, PASSWD]);
    assert.doesNotMatch(plan(wanted, live).join("\n"), /SECRET/);
    assert.match(plan(wants({ ...ACL, content: "SECRET\n" })).join("\n"), /SECRET/, "an open one is shown");
  });

  it("shows no file at all when the program holds a secret that files show", () => {
    const files = FILES.map((one) => ({ ...one, shown: one.shown === "nothing" ? one.shown : ("name" as const) }));
    const kept = desiredWith(
      files.flatMap((one) =>
        one.path === "acl" ? [{ ...one, content: "SECRET\n" }] : one.path === "mosquitto.conf" ? [] : [one],
      ),
    );
    assert.deepEqual(plan(kept).slice(1), ["  acl: changes (secret)", "  mosquitto.conf (goes away)"]);
    assert.deepEqual(plan(kept, bare("mosquitto")).slice(1), [
      "  acl (new): written (secret)",
      "  certs/server.key (new): written (secret)",
      "  passwd (new): written (secret)",
    ]);
  });

  it("shows nothing of what the host does not tell, since the program held a secret when it was deployed", () => {
    const live = deployed();
    const seen = live.concepts.get("mosquitto") ?? assert.fail();
    const silent = {
      ...live,
      concepts: new Map([["mosquitto", { ...seen, texts: new Map([["passwd", "user SECRET\n"]]) }]]),
    };
    const wanted = desiredWith([ACL, KEY, PLAN, { ...PASSWD, content: "b:$7$HASH\n", summary: "user b\n" }]);
    assert.deepEqual(plan(wanted, silent).slice(1), ["  mosquitto.conf (goes away)", "  passwd: changes (secret)"]);
  });

  it("goes by the bytes, whatever the texts are", () => {
    const changes = fileChanges(
      wants({ ...ACL, content: ACL.content.trimEnd() }),
      deployed().concepts.get("mosquitto") ?? assert.fail(),
    );
    assert.deepEqual(
      changes.map(({ path, kind }) => [path, kind]),
      [["acl", "changed"]],
    );
  });
});
