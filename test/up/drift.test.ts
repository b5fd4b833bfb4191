import assert from "node:assert/strict";

import { Lab, type LabHost } from "../lab";
import type { Spec } from "./program/spec";
import { asRoot, footprint, liveGeneration, logins } from "./support/host";
import { piOf, Stack } from "./support/stack";

/** Something that goes wrong on a Pi between deployments. */
interface Mishap {
  readonly what: string;
  /** What somebody does, as root. */
  readonly command: string;
  /** What a preview says of it, one line each. */
  readonly told: readonly RegExp[];
  /** What it takes to put it right. */
  readonly activation: "nothing" | "reload" | "restart";
}

const LIVE = "/etc/mosquitto/current";
const MEMORY = "/var/lib/pulumi-mosquitto-pi";

/** Gives the installed mosquitto a lower version, as an old image or a pinned source would. */
const DOWNGRADE = `cd /root && apt-get -qq download mosquitto && dpkg-deb -R mosquitto_*.deb m && sed -i 's/^Version: .*/Version: 1.9.9-1/' m/DEBIAN/control &&
  dpkg-deb -b m old.deb && dpkg --force-downgrade --force-confold -i old.deb && rm -r m *.deb`;

const MISHAPS: readonly Mishap[] = [
  {
    what: "an edited ACL",
    command: `echo 'topic readwrite #' >>${LIVE}/acl`,
    told: [/current\/acl its content was changed$/, /^ +- topic readwrite #$/],
    activation: "reload",
  },
  {
    what: "a deleted file",
    command: `rm ${LIVE}/conf.d/limits.conf`,
    told: [/current\/conf\.d\/limits\.conf is missing$/],
    activation: "restart",
  },
  {
    what: "other modes and owners, and a service that would not start at boot",
    command: `chmod 0644 ${LIVE}/passwd; chown root:root ${LIVE}/acl; chmod 0777 ${LIVE}/certs; rm /etc/systemd/system/multi-user.target.wants/mosquitto.service`,
    told: [
      /current\/passwd has mode 0644, deployed was 0600$/,
      /current\/acl belongs to root:root, deployed was mosquitto:mosquitto$/,
      /current\/certs has mode 0777, deployed was 0755$/,
      /mosquitto\.service is disabled: it would not start at boot$/,
    ],
    activation: "nothing",
  },
  {
    what: "a stopped service",
    command: "systemctl stop mosquitto.service",
    told: [/mosquitto\.service is stopped$/],
    activation: "restart",
  },
  {
    what: "a service masked by hand",
    command: "systemctl stop mosquitto.service; ln -s /dev/null /etc/systemd/system/mosquitto.service",
    told: [/mosquitto\.service is stopped, and is masked$/],
    activation: "restart",
  },
  {
    what: "a service masked until the next boot",
    command: "systemctl --quiet mask --runtime --now mosquitto.service",
    told: [/mosquitto\.service is stopped, and is masked-runtime$/],
    activation: "restart",
  },
  {
    what: "a removed package",
    command: "apt-get -qq -y remove mosquitto",
    told: [/package mosquitto is not installed$/, /: installs mosquitto/],
    activation: "restart",
  },
  {
    what: "a downgraded package",
    command: DOWNGRADE,
    told: [/package mosquitto is 1\.9\.9-1, older than \S+ that was deployed$/, /: installs mosquitto/],
    // Its own installation has restarted it already.
    activation: "nothing",
  },
  {
    what: "foreign files in our folders",
    command: `echo 'listener 1999' >${LIVE}/conf.d/zz.conf; ln -s /etc/passwd ${LIVE}/certs/link; mkdir /etc/mosquitto/generations/notes`,
    told: [
      /current\/conf\.d\/zz\.conf is not ours$/,
      /current\/certs\/link is not ours$/,
      /generations\/notes is not ours$/,
      /^ +conf\.d\/zz\.conf \(goes away\)$/,
    ],
    activation: "restart",
  },
  {
    what: "what the broker does not read",
    command: `mkdir ${LIVE}/notes; ln -s /etc/hostname ${LIVE}/certs/link; echo >>${LIVE}/plan; rm ${LIVE}/canary`,
    told: [/current\/plan its content was changed$/, /current\/canary is missing$/, /nothing is reloaded$/],
    activation: "nothing",
  },
  {
    what: "a link among the settings",
    command: `ln -s /etc/hostname ${LIVE}/conf.d/zz.conf`,
    told: [/current\/conf\.d\/zz\.conf is not ours$/, /restart \(a change of conf\.d\/zz\.conf\)/],
    activation: "restart",
  },
  {
    what: "folders that a user may swap, or the broker may not enter",
    command: "chown 1000 /etc/mosquitto; chmod 2777 /etc/mosquitto; chmod 0700 /etc/mosquitto/generations",
    told: [
      /\/etc\/mosquitto has mode 2777, deployed was 0755$/,
      /\/etc\/mosquitto belongs to \S+:root, deployed was root:root$/,
      /\/etc\/mosquitto\/generations has mode 0700, deployed was 0755$/,
    ],
    activation: "nothing",
  },
  {
    what: "copies with names like those of generations, and a link in place of a file",
    command: `cd /etc/mosquitto/generations && mkdir 9th-try 2026-11-23-backup && ln -sf /etc/hostname ${LIVE}/acl`,
    told: [
      /generations\/9th-try is not ours$/,
      /generations\/2026-11-23-backup is not ours$/,
      /current\/acl is no longer a file of its kind$/,
      /, then reload/,
    ],
    activation: "reload",
  },
  {
    what: "a missing drop-in and an older generation made live",
    command: `ls -d /etc/mosquitto/generations/* | head -n 1 | xargs -I OLD ln -sfn OLD ${LIVE}; rm /etc/systemd/system/mosquitto.service.d/*`,
    told: [/current leads to \S+, deployed was \S+$/, /zz-pulumi-mosquitto-pi\.conf is missing$/],
    activation: "restart",
  },
  {
    what: "a folder in place of the symlink",
    command: `cp -a ${LIVE}/ /etc/mosquitto/copy; rm ${LIVE}; mv /etc/mosquitto/copy ${LIVE}`,
    told: [/current leads nowhere, or is no link any more$/],
    activation: "restart",
  },
  {
    what: "the symlink gone, and the service started on what it had before us",
    command: `rm ${LIVE}; echo 'allow_anonymous true' >/etc/mosquitto/conf.d/open.conf; systemctl daemon-reload
      systemctl restart mosquitto 2>/dev/null && exit 1; rm /etc/mosquitto/conf.d/open.conf`,
    told: [/current leads nowhere, or is no link any more$/, /mosquitto\.service is (stopped|not found by systemd)$/],
    activation: "restart",
  },
  {
    what: "a wiped manifest",
    command: `rm ${MEMORY}/mosquitto/manifest`,
    told: [
      /what was deployed is not known: the manifest in \S+ is gone$/,
      /plan for .*: what was deployed there is not known any more: nothing is reloaded$/,
    ],
    activation: "nothing",
  },
  {
    what: "a wiped memory",
    command: `rm -r ${MEMORY}`,
    told: [
      /what was deployed is not known: /,
      /plan for .*: what was deployed there is not known any more: nothing is reloaded$/,
    ],
    activation: "nothing",
  },
  {
    what: "another machine-id: a copied card",
    command: "systemd-machine-id-setup --root=/ >/dev/null; dbus-uuidgen >/etc/machine-id",
    told: [/the host is another installation than the one deployed to \(machine-id \w+, was \w+\)$/],
    activation: "nothing",
  },
  {
    what: "a card flashed anew",
    command: `apt-get -qq -y purge mosquitto; rm -rf ${MEMORY} /etc/mosquitto /etc/systemd/system/mosquitto.service.d; systemctl daemon-reload`,
    told: [
      /nothing of ours is there yet \(a new or newly flashed Pi\): installs mosquitto, then writes \d+ files, then mosquitto is started$/,
    ],
    activation: "restart",
  },
];

describe("drift", function () {
  this.timeout(120_000);
  let lab: Lab;
  let spec: Spec;
  const stack = new Stack();
  const names = ["pi", "cellar"] as const;

  before(async () => {
    lab = await Lab.start([
      { name: "pi", suite: "bookworm" },
      { name: "cellar", suite: "trixie" },
    ]);
    spec = {
      hosts: Object.fromEntries(names.map((name) => [name, piOf(lab.host(name))])),
      users: { sensor: {} },
      rules: [{ user: "sensor", access: "write", topic: "home/temperature" }],
      broker: { hostnames: ["mqtt-pi.local"], limits: { maxKeepalive: "10m" } },
    };
    await stack.up({ ...spec, rules: [] });
    await stack.up(spec);
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  });

  const inSync = (): Promise<string> => stack.preview(spec, { expectNoChanges: true });
  const report = async (name: string): Promise<string> => (await stack.reports())[`${name}-broker-state`] ?? "";

  it("is none where nothing has happened: no difference, one login, and not a byte written on the host", async () => {
    const host = lab.host("pi");
    await asRoot(host, "touch /run/stamp; sleep 0.1");
    const before = await footprint(host);
    const seen = await logins(host);
    assert.doesNotMatch(await inSync(), /drift|plan for/);
    // One is that of `logins` itself.
    assert.equal(await logins(host), seen + 2);
    assert.equal(await footprint(host), before);
    // What sshd and systemd write of any login; and of a service that ends, with its folders in /tmp and /var/tmp.
    const logs =
      "^/(run|proc|sys|dev|tmp/systemd-private)/|^/var/log/(journal|wtmp|lastlog|btmp)|^/(run|tmp|var/tmp|dev)$";
    const written = `find / -xdev -newercm /run/stamp 2>/dev/null | grep -vE '${logs}' || :`;
    assert.equal(await asRoot(host, written), "");
    assert.match(await asRoot(host, `touch /etc/touched; ${written}; rm /etc/touched`), /\/etc\/touched/);
  });

  it("is told of the host that has it and of no other, and only that host is put right", async () => {
    const [pi, cellar] = [lab.host("pi"), lab.host("cellar")];
    const before = await footprint(cellar);
    await asRoot(pi, "systemctl stop mosquitto.service");
    const { code, stdout } = await previewWithChanges();
    assert.notEqual(code, 0);
    assert.match(stdout, new RegExp(`drift on pi \\(${pi.ip}\\): 1 thing not as deployed`));
    assert.doesNotMatch(stdout, /cellar \(/);
    assert.match(stdout, /~ +command:remote:Command pi-broker-state update \[diff: ~stdin\]/);
    assert.doesNotMatch(stdout, /cellar-broker-state/);
    await stack.up(spec);
    await inSync();
    assert.equal(await footprint(cellar), before);
  });

  it("that comes back is seen again, and preview and up agree on what to do", async () => {
    const host = lab.host("pi");
    for (let times = 0; times < 2; times += 1) {
      await asRoot(host, "systemctl stop mosquitto.service");
      assert.notEqual((await previewWithChanges()).code, 0);
      await stack.up(spec);
      await inSync();
    }
  });

  it("is not looked for when told so", async () => {
    const host = lab.host("pi");
    await stack.project.setConfig("mosquitto-pi:observe", "off");
    await stack.up(spec);
    const before = await liveGeneration(host);
    await asRoot(host, "systemctl -q disable mosquitto.service");
    const seen = await logins(host);
    await inSync();
    assert.equal(await logins(host), seen + 1);
    await stack.project.setConfig("mosquitto-pi:observe", "warn");
    assert.notEqual((await previewWithChanges()).code, 0);
    await stack.up(spec);
    await inSync();
    assert.equal(await liveGeneration(host), before);
  });

  // Each host in turn has each of them: two at a time, never the same on both.
  MISHAPS.forEach((mishap, i) => {
    const other = MISHAPS[(i + 1) % MISHAPS.length] ?? mishap;
    it(`is seen and put right: ${mishap.what} (bookworm), ${other.what} (trixie)`, async () => {
      const both = [
        [lab.host("pi"), mishap],
        [lab.host("cellar"), other],
      ] as const;
      for (const [host, { command }] of both) await asRoot(host, command);
      const { code, stdout } = await previewWithChanges();
      assert.notEqual(code, 0, stdout);
      for (const [host, { told }] of both) {
        const lines = section(stdout, host);
        for (const line of told)
          assert.ok(
            lines.some((it) => line.test(it)),
            `${String(line)} in\n${stdout}`,
          );
      }
      await stack.up(spec);
      for (const [host, { what, activation }] of both)
        assert.match(await report(host.name), new RegExp(`^activation ${activation}$`, "m"), what);
      await inSync();
    });
  });

  /** `preview --expect-no-changes`, which is expected to fail. */
  async function previewWithChanges() {
    return stack.tryPreview(spec, { expectNoChanges: true });
  }

  /** What is said of a host in the Diagnostics. */
  function section(printed: string, { name }: LabHost): string[] {
    const [, diagnostics = ""] = printed.split("\nDiagnostics:\n");
    const start = diagnostics.indexOf(`(${name}-broker):`);
    assert.ok(start >= 0, printed);
    const rest = diagnostics.slice(start);
    const end = rest.indexOf("\n  mosquitto-pi:");
    return (end < 0 ? rest : rest.slice(0, end)).split("\n");
  }

  it("is looked for in known ways only", async () => {
    await stack.project.setConfig("mosquitto-pi:observe", "sometimes");
    const { code, stdout } = await previewWithChanges();
    assert.notEqual(code, 0);
    assert.match(stdout, /mosquitto-pi:observe: expected .*"off".*"warn".*"require".*got "sometimes"/);
  });
});
