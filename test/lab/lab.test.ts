import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { dirname, join } from "node:path";
import { Lab, run, type LabHost } from ".";

describe("Pis in a box", function () {
  this.timeout(60_000);
  let lab: Lab;
  let bookworm: LabHost;
  let trixie: LabHost;

  before(async () => {
    lab = await Lab.start([
      { name: "one", suite: "bookworm" },
      { name: "two", suite: "trixie" },
    ]);
    bookworm = lab.host("one");
    trixie = lab.host("two");
  });

  after(async () => {
    await lab.stop();
  });

  it("runs real systemd with every unit well", async () => {
    for (const host of [bookworm, trixie]) {
      assert.equal(await answer(host, "cat /proc/1/comm; systemctl is-system-running --wait"), "systemd\nrunning");
      assert.equal(await answer(host, ". /etc/os-release; echo $VERSION_CODENAME"), host.suite);
    }
  });

  it("is bare: no broker, no python, nothing of an earlier host", async () => {
    for (const host of [bookworm, trixie]) {
      assert.equal((await host.ssh("command -v mosquitto python3 fail2ban-client ufw")).stdout, "");
    }
    assert.notEqual(bookworm.hostKey, trixie.hostKey);
  });

  it("lets pi become root without a password, and root start a network of its own", async () => {
    for (const host of [bookworm, trixie]) {
      assert.equal(await answer(host, "id -un; sudo -n id -un"), "pi\nroot");
      assert.equal(await answer(host, "ip route | wc -l; sudo -n unshare -n ip route | wc -l"), "1\n0");
      assert.equal((await host.root("cat; exit 3", { stdin: "it's" })).stdout, "it's");
      assert.equal((await host.root("exit 3")).code, 3);
    }
  });

  it("names the network profile as Raspberry Pi OS does", async () => {
    const active = "nmcli -g NAME,UUID,DEVICE connection show --active | grep host0";
    assert.match(await answer(bookworm, active), /^Wired connection 1:[0-9a-f-]{36}:host0$/);
    assert.equal(await answer(trixie, active), "netplan-eth0:75a1216a-9d1a-30cd-8aca-ace5526ec021:host0");
    assert.match(await trixie.readFile("/etc/netplan/90-NM-75a1216a-9d1a-30cd-8aca-ace5526ec021.yaml"), /netplan-eth0/);
  });

  it("presents exactly the host keys it says", async () => {
    for (const [kind, key] of Object.entries(bookworm.hostKeys)) {
      const { stdout } = await run("ssh-keyscan", ["-t", kind, bookworm.ip]);
      assert.equal(stdout.trim(), `${bookworm.ip} ${key}`);
    }
  });

  it("installs packages through the cache, which is no way to anything but Debian", async () => {
    const installed = await bookworm.root(
      "apt-get update -q && apt-get install -qy --no-install-recommends less && less -V",
    );
    assert.equal(installed.code, 0, installed.stderr);
    for (const url of ["http://127.0.0.1/", `http://${lab.address}/`, "http://192.0.2.1/debian"]) {
      const asked = await bookworm.ssh(
        `exec 3<>/dev/tcp/${lab.address}/3142; printf 'GET ${url} HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`,
      );
      assert.match(asked.stdout, /^HTTP\/1\.\d 403 /);
    }
  });

  it("lets nothing leave the bridge, whatever route a host sets", async () => {
    const open = await listen(0);
    const other = await Lab.start([{ name: "one", suite: "bookworm" }]);
    try {
      const elsewhere = other.host("one");
      assert.equal(
        (await elsewhere.ssh("hostname")).stdout,
        "one\n",
        "two labs at once, each with a host of the same name",
      );
      assert.equal(await answer(bookworm, "ip route show default"), "");
      await bookworm.root(`ip route add default via ${lab.address}`);
      await elsewhere.root(`ip route add default via ${other.address}`);

      const port = (open.address() as AddressInfo).port;
      assert.ok(await reaches(bookworm, lab.address, port), "a test's own server on the bridge");
      assert.ok(await reaches(bookworm, trixie.ip, 22), "its neighbour");
      const own = Object.values(networkInterfaces()).flatMap((it) => it ?? []);
      const outside = own.filter((it) => it.family === "IPv4" && !it.internal && it.address !== lab.address);
      assert.ok(outside.some((it) => it.address === other.address));
      const reached = await Promise.all(outside.map((it) => reaches(bookworm, it.address, port)));
      assert.ok(!reached.includes(true), `of ${outside.map((it) => it.address).join(" ")}: ${reached.join(" ")}`);
      assert.ok(!(await reaches(bookworm, elsewhere.ip, 22)), "a host of another lab");
    } finally {
      open.close();
      await other.stop();
      await bookworm.root("ip route del default");
    }
  });

  it("keeps this machine's low ports to itself", async () => {
    const server = await listen(20_831);
    try {
      assert.ok(
        await run("bash", ["-c", `exec 3<>/dev/tcp/${lab.address}/20831`]).then((it) => it.code === 0),
        "it serves",
      );
      assert.ok(!(await reaches(bookworm, lab.address, 20_831)));
    } finally {
      server.close();
    }
  });

  it("keeps the disk over a power cut and over a reboot, and nothing else", async () => {
    await trixie.writeFile("/var/lib/kept", "on disk");
    await trixie.root("sync /var/lib/kept; touch /run/lost; nohup sleep 4711 >/dev/null 2>&1 &");
    const begun = Date.now();
    await trixie.cut();
    assert.ok(Date.now() - begun < 2000, "a cut asks nobody");
    assert.ok(!(await reaches(bookworm, trixie.ip, 22)));
    await trixie.boot();
    assert.equal(await trixie.readFile("/var/lib/kept"), "on disk");
    assert.equal((await trixie.ssh("ls /run/lost; pgrep -f 4711$")).stdout, "");

    await trixie.root("touch /run/lost");
    await trixie.reboot();
    assert.equal(await trixie.readFile("/var/lib/kept"), "on disk");
    assert.notEqual((await trixie.ssh("ls /run/lost")).code, 0);
  });

  it("loses what was not synced when a disk of its own loses power", async () => {
    const own = await Lab.start([{ name: "one", suite: "trixie" }], { hasDisks: true });
    try {
      const host = own.host("one");
      const sizes = async () => (await host.ssh("cd /var/lib; stat -c '%n %s' synced late")).stdout.trim().split("\n");
      await host.root("cd /var/lib; echo whole >synced; sync; echo text >late");
      await host.cut("lost");
      await host.boot();
      assert.deepEqual(await sizes(), ["synced 6"]);
      await host.root("echo text >/var/lib/late");
      await host.cut("torn");
      await host.boot();
      assert.deepEqual(await sizes(), ["synced 6", "late 0"]);
      await host.root("echo text >/var/lib/late");
      await host.cut("kept");
      await host.boot();
      assert.deepEqual(await sizes(), ["synced 6", "late 5"]);
    } finally {
      await own.stop();
    }
    // The kernel lets go of it a moment later than of the processes.
    const hasDevice = async () => (await run("losetup", ["--all"])).stdout.includes(own.id);
    for (let tries = 0; await hasDevice(); tries += 1) assert.ok(tries < 1000, "its loop device stays");
  });

  it("says what it lacks when it is not root", async () => {
    const { code, stderr } = await run("unshare", ["--user", join(__dirname, "lab"), "up", "nobody"]);
    assert.equal(code, 1);
    assert.equal(
      stderr,
      "lab: the lab of Pis boots real systems and needs root. Run it as root, for example with sudo.\n",
    );
  });

  it("says that a host to take down is not there, and takes none", async () => {
    const env = { ...process.env, LAB: lab.id };
    const { code, stderr } = await run(join(__dirname, "lab"), ["down", "one", "nope"], { env });
    assert.equal(code, 1);
    assert.match(stderr, /^lab: no host "nope" in lab /);
    assert.equal((await bookworm.ssh("hostname")).stdout, "one\n");
  });

  it("cleans up after a run that was killed, and touches no other", async () => {
    // Its parent collects nobody: when it is killed, a zombie remains.
    const parent = spawn("sh", ["-c", "sleep 1000 >&- & echo $!; exec sleep 1000"]);
    const owner = Number(String(await once(parent.stdout, "data")));
    const env = { ...process.env, LAB: `crashed-${String(process.pid)}`, LAB_OWNER: String(owner) };
    const up = await run(join(__dirname, "lab"), ["up", "lost"], { env });
    assert.equal(up.code, 0, up.stderr);
    const trace = traceOf(up.stdout.trim());
    await gc();
    assert.ok(trace.isThere(), "its owner lives, so it stays");

    process.kill(owner, "SIGKILL");
    await gc();
    assert.match(readProc(String(owner), "stat"), /\) Z /);
    assert.deepEqual(trace.leftovers(), []);
    parent.kill();
    assert.equal((await bookworm.ssh("hostname")).stdout, "one\n");
  });

  it("goes when the process that started it is interrupted", async () => {
    const program = `require("${__dirname}").Lab.start([{ name: "brief", suite: "bookworm" }])
      .then((lab) => { console.log(lab.host("brief").path); setInterval(() => undefined, 1000); });`;
    const owner = spawn(process.execPath, ["--import", "tsx", "--eval", program]);
    const path = await new Promise<string>((resolve, reject) => {
      owner.stdout.once("data", (text: Buffer) => {
        resolve(text.toString().trim());
      });
      owner.stderr.once("data", (text: Buffer) => {
        reject(new Error(text.toString()));
      });
    });
    const trace = traceOf(path);
    assert.ok(trace.isThere());
    owner.kill("SIGTERM");
    await closed(owner);
    assert.deepEqual(trace.leftovers(), []);
  });
});

async function answer(host: LabHost, command: string): Promise<string> {
  return (await host.ssh(command)).stdout.trim();
}

async function reaches(host: LabHost, address: string, port: number): Promise<boolean> {
  return (await host.ssh(`timeout 1 bash -c 'exec 3<>/dev/tcp/${address}/${String(port)}'`)).code === 0;
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.end());
    server.on("error", reject).listen(port, "0.0.0.0", () => {
      resolve(server);
    });
  });
}

async function gc(): Promise<void> {
  const { code, stderr } = await run(join(__dirname, "lab"), ["gc"]);
  assert.equal(code, 0, stderr);
}

function closed(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => child.on("close", resolve));
}

/** Everything a lab may leave on this machine: state, bridge, firewall table, cgroup, processes. Given the path of a host's file. */
function traceOf(hostFile: string): { leftovers: () => string[]; isThere: () => boolean } {
  const state = dirname(dirname(hostFile));
  const bridge = readFileSync(join(state, "bridge"), "utf8").trim();
  const leftovers = (): string[] => [
    ...readdirSync("/run/systemd/nspawn", { recursive: true, encoding: "utf8" }).filter((it) =>
      it.includes(`${bridge}-`),
    ),
    ...[state, `/sys/class/net/${bridge}`].filter((it) => existsSync(it)),
    ...(spawnSync("nft", ["list", "table", "inet", bridge]).status === 0 ? [`nft table ${bridge}`] : []),
    ...readdirSync("/proc")
      .filter((it) => /^\d+$/.test(it))
      .filter((pid) => readProc(pid, "cgroup").includes(`/${bridge}/`) || readProc(pid, "mounts").includes(state))
      .map((pid) => readProc(pid, "cmdline").replaceAll("\0", " "))
      // The dead that init has not collected yet have none.
      .filter((commandLine) => commandLine !== ""),
  ];
  return { leftovers, isThere: () => leftovers().length > 3 };
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
