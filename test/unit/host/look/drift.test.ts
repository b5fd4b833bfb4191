import assert from "node:assert/strict";

import { describedFile, HOST, LEFT, observed, type Seen } from "../../../support/observed";

const GENERATION = "0001-0123456789ab";

/** What is said of a host whose lines are others than the last deployment left: each line replaced, or taken away. */
function told(changes: Readonly<Record<string, string | undefined>>, more: readonly string[] = []): string[] {
  const entries = Object.entries(changes);
  const now = LEFT.flatMap((line) => {
    const [, change] = entries.find(([start]) => line.startsWith(start)) ?? [undefined, line];
    return change === undefined ? [] : [change];
  });
  return toldOf({ manifest: LEFT, now, more });
}

function toldOf(seen: Seen): string[] {
  const concept = observed(seen).concepts.get("mosquitto") ?? assert.fail();
  return concept.drift.map(({ thing, how }) => `${thing}: ${how}`);
}

const ACL_BYTES = LEFT.find((line) => line.endsWith(" ./acl") && line.startsWith("bytes"));
const ACL = "/etc/mosquitto/current/acl";
const SERVICE = "mosquitto.service";
const OTHER = describedFile("acl", "topic readwrite #\n")[1] ?? "";

const KINDS: Readonly<Record<string, readonly [told: string[], ...expected: string[]]>> = {
  "nothing at all": [told({})],
  "an edited file": [told({ [ACL_BYTES ?? ""]: OTHER }), `${ACL}: its content was changed`],
  "a deleted file": [told({ "entry 600": undefined, [ACL_BYTES ?? ""]: undefined }), `${ACL}: is missing`],
  "another mode": [
    told({ "entry 600": "entry 4777 mosquitto:mosquitto f ./acl" }),
    `${ACL}: has mode 4777, deployed was 0600`,
  ],
  "another owner": [
    told({ "entry 600": "entry 600 root:mosquitto f ./acl" }),
    `${ACL}: belongs to root:mosquitto, deployed was mosquitto:mosquitto`,
  ],
  "a link in place of a file": [
    told({ "entry 600": "entry 777 root:root l ./acl", [ACL_BYTES ?? ""]: undefined }),
    `${ACL}: is no longer a file of its kind`,
    `${ACL}: has mode 0777, deployed was 0600`,
    `${ACL}: belongs to root:root, deployed was mosquitto:mosquitto`,
  ],
  "a file that the card no longer gives": [told({ [ACL_BYTES ?? ""]: undefined }), `${ACL}: cannot be read`],
  "another mode of the folder itself": [
    told({ "entry 755": "entry 777 root:root d ." }),
    "/etc/mosquitto/current: has mode 0777, deployed was 0755",
  ],
  "another mode and owner of the folders around it": [
    told({
      "folder 755 root:root d /etc/mosquitto/": "folder 700 root:root d /etc/mosquitto/generations",
      "folder 750": "folder 750 pi:pi d /etc/mosquitto",
    }),
    "/etc/mosquitto: belongs to pi:pi, deployed was root:root",
    "/etc/mosquitto/generations: has mode 0700, deployed was 0755",
  ],
  "what was set outside of files": [
    toldOf({
      manifest: [
        ...LEFT,
        "setting ipv4.method manual",
        "setting ipv4.dns 9.9.9.9",
        "setting ipv4.dns-search ",
        "setting a 1",
      ],
      now: [...LEFT, "setting ipv4.method auto", "setting ipv4.dns ", "setting ipv4.dns-search ", "setting b 1"],
    }),
    "a: is nothing, deployed was 1",
    "b: is 1, deployed was nothing",
    "ipv4.dns: is nothing, deployed was 9.9.9.9",
    "ipv4.method: is auto, deployed was manual",
  ],
  "a foreign file": [
    toldOf({ manifest: LEFT, now: [...LEFT, ...describedFile("a  b", "x")] }),
    "/etc/mosquitto/current/a  b: is not ours",
  ],
  "a foreign folder beside ours": [
    toldOf({ now: [...HOST, "stray /etc/mosquitto/generations/my notes"] }),
    "/etc/mosquitto/generations/my notes: is not ours",
  ],
  "a missing link": [
    told({ "link ": "link /etc/systemd/system/mosquitto.service.d/50.conf " }),
    "/etc/systemd/system/mosquitto.service.d/50.conf: is missing",
  ],
  "a link elsewhere": [
    told({ "link ": "link /etc/systemd/system/mosquitto.service.d/50.conf /dev/null" }),
    "/etc/systemd/system/mosquitto.service.d/50.conf: leads to /dev/null",
  ],
  "a stopped unit": [told({ "unit ": `unit ${SERVICE} inactive enabled` }), `${SERVICE}: is stopped`],
  "a unit that failed": [told({ "unit ": `unit ${SERVICE} failed enabled` }), `${SERVICE}: is failed`],
  "a unit that starts again and again": [
    told({ "unit ": `unit ${SERVICE} activating enabled` }),
    `${SERVICE}: is activating`,
  ],
  "a disabled unit": [
    told({ "unit ": `unit ${SERVICE} active disabled` }),
    `${SERVICE}: is disabled: it would not start at boot`,
  ],
  "a masked unit": [told({ "unit ": `unit ${SERVICE} inactive masked` }), `${SERVICE}: is stopped, and is masked`],
  "a unit masked until the next boot": [
    told({ "unit ": `unit ${SERVICE} active masked-runtime` }),
    `${SERVICE}: is masked-runtime`,
  ],
  "a unit that is gone": [
    told({ "unit ": `unit ${SERVICE} inactive not-found` }),
    `${SERVICE}: is not found by systemd`,
  ],
  "a host without systemd": [told({ "unit ": undefined }), `${SERVICE}: is not found by systemd`],
  "a removed package": [told({ "package ": undefined }), "package mosquitto: is not installed"],
  "a removed package whose configuration stays": [
    told({ "package ": "package mosquitto config-files 2.0.11-1.2+deb12u2" }),
    "package mosquitto: is not installed",
  ],
  "an interrupted installation": [
    told({ "package ": "package mosquitto half-configured 2.0.11-1.2+deb12u2" }),
    "package mosquitto: is half-configured",
  ],
  "an older package": [
    told({ "package ": "package mosquitto installed 2.0.11-1.2+deb12u1" }, ["downgraded mosquitto"]),
    "package mosquitto: is 2.0.11-1.2+deb12u1, older than 2.0.11-1.2+deb12u2 that was deployed",
  ],
  "a security update of the same version": [told({ "package ": "package mosquitto installed 2.0.11-1.2+deb12u3" })],
  "another version": [
    told({ "package ": "package mosquitto installed 1:2.0.21-1" }),
    "package mosquitto: is 1:2.0.21-1, deployed was 2.0.11-1.2+deb12u2",
  ],
  "upgrades that have come since, but not that some are no longer pending": [
    toldOf({
      manifest: [...LEFT, "upgrade security", "pending held 1.1", "pending bash 5.2"],
      now: [...LEFT, "upgrade security", "pending held 1.2", "pending openssl 3.0.17"],
    }),
    "package held: is to be upgraded to 1.2",
    "package openssl: is to be upgraded to 3.0.17",
  ],
  "packages that were cut off, each told once": [
    toldOf({
      manifest: [...LEFT, "unfinished bash half-configured 5.2"],
      now: [...LEFT, "unfinished mosquitto half-configured 2.0.11", "unfinished openssl unpacked 3.0.17"],
    }),
    "package openssl: is unpacked",
  ],
  "another generation, of which nothing else is said": [
    told({ "generation ": "generation 0002-ffffffffffff", "entry 600": undefined }),
    `/etc/mosquitto/current: leads to 0002-ffffffffffff, deployed was ${GENERATION}`,
  ],
  "no live generation": [
    told({ "generation ": "generation ", entry: undefined, bytes: undefined }),
    "/etc/mosquitto/current: leads nowhere, or is no link any more",
  ],
  "another machine, of which nothing else is said": [
    told({ "machine ": "machine 1f1f", "unit ": undefined, "entry 600": undefined }),
    "the host: is another installation than the one deployed to (machine-id 1f1f, was 0f0f)",
  ],
  "a process with another generation": [
    told({}, ["fact loaded 0000-ffffffffffff"]),
    `the running service: has loaded 0000-ffffffffffff, expected ${GENERATION}`,
  ],
  "a process that somebody else configured": [
    told({}, ["fact loaded other"]),
    `the running service: has loaded other, expected ${GENERATION}`,
  ],
  "a process of which the note is gone": [
    told({}, ["fact loaded "]),
    `the running service: has loaded nobody knows what, expected ${GENERATION}`,
  ],
  "a process that is as it should be": [told({}, [`fact loaded ${GENERATION}`])],
  "a process, when there is more to tell": [
    told({ "unit ": `unit ${SERVICE} inactive enabled` }, ["fact loaded nothing"]),
    `${SERVICE}: is stopped`,
  ],
  "a service that a drop-in of somebody's reloads unguarded": [
    told({}, [`fact loaded ${GENERATION}`, "fact foreign ExecReload=/bin/kill -HUP $MAINPID"]),
    "the service: has a command that is not ours: ExecReload=/bin/kill -HUP $MAINPID",
  ],
  "a manifest that is gone": [
    toldOf({ id: null, more: ["identity 0123456789abcdef", "forgotten x"] }),
    "what was deployed: is not known: the manifest in /var/lib/pulumi-mosquitto-pi is gone",
  ],
};

describe("drift", () => {
  for (const [what, [got, ...expected]] of Object.entries(KINDS))
    it(`tells ${what}`, () => {
      assert.deepEqual(got, expected);
    });

  it("is told by many at once, in an order that never changes", () => {
    const seen = { now: [...LEFT, "stray /b", "stray /a"].reverse() };
    assert.deepEqual(toldOf({ manifest: LEFT, ...seen }), ["/a: is not ours", "/b: is not ours"]);
  });
});
