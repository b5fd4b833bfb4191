import assert from "node:assert/strict";

import { Fail2BanJail, Firewall, type Host, insecure, OsBaseline, RaspberryPi, StaticIp } from "../../sdk";
import { deploy } from "../support/deploy";
import { failureOf } from "../support/failure";
import { matchesGolden } from "../support/golden";

const REPORT = "suite trixie\ngeneration 0001-0123456789ab\nactivation nothing\nfact device eth0\nfact hostname pi\n";

function pi(name: string, host = "192.168.1.57", bastion?: string): RaspberryPi {
  const login = { password: "of the login", hostKey: insecure() };
  const proxy = bastion === undefined ? {} : { proxy: { host: bastion, ...login } };
  return new RaspberryPi(name, { connection: { host, ...login, ...proxy } });
}

function lan(name: string, host: Host, address = "192.168.1.80"): StaticIp {
  return new StaticIp(name, { host, address: `${address}/24`, gateway: "192.168.1.1" });
}

function jail(name: string, host: Host): Fail2BanJail {
  return new Fail2BanJail(name, { broker: { host, listeners: [{ name: "tls", port: 8883 }] } });
}

/** The second component is made for another object that is the same Pi, where there is one. */
const SECONDS: Readonly<Record<string, (host: Host) => unknown>> = {
  StaticIp: (host) => lan("second", lan("first", host).host, "192.168.1.81"),
  OsBaseline: (host) => new OsBaseline("second", { host: new OsBaseline("first", { host }).host }),
  Firewall: (host) => [new Firewall("first", { host }), new Firewall("second", { host: lan("lan", host).host })],
  Fail2BanJail: (host) => [jail("first", host), jail("second", new OsBaseline("os", { host }).host)],
};

describe("a Pi of a program", () => {
  it("has one component of each kind", async () => {
    const texts: string[] = [];
    for (const make of Object.values(SECONDS)) {
      await assert.rejects(
        deploy(() => make(pi("pi"))),
        ({ message }: Error) => texts.push(`${message}\n`) > 0,
      );
    }
    matchesGolden("errors/second.txt", texts.join(""));
  });

  it("has components of different kinds, as others have", async () => {
    await deploy(
      () => {
        for (const name of ["a", "b"]) {
          const host = lan(`${name}-lan`, pi(name), name === "a" ? "192.168.1.80" : "192.168.1.81").host;
          new Firewall(`${name}-firewall`, { host });
          jail(`${name}-jail`, new OsBaseline(`${name}-os`, { host }).host);
        }
      },
      new Map(),
      REPORT,
    );
  });

  it("gets no address that another one is reached at, whichever comes first", async () => {
    const before = () => [pi("cellar", "192.168.1.80"), lan("lan", pi("kitchen"))];
    const after = () => [lan("lan", pi("kitchen")), pi("cellar", "192.168.1.80")];
    for (const program of [before, after]) {
      const [error] = await failureOf(program);
      matchesGolden("errors/static-ip-taken.txt", `${error?.message ?? ""}\n`);
    }
  });

  it("gets an address and a name that one of another site has, behind another bastion", async () => {
    const site = (name: string, bastion?: string) => {
      const host = lan(`${name}-lan`, pi(name, "192.168.1.80", bastion)).host;
      return new OsBaseline(`${name}-os`, { host, hostname: "mqtt-pi" });
    };
    await deploy(() => [site("home"), site("north", "north.lan"), site("south", "south.lan")], new Map(), REPORT);
    await assert.rejects(
      deploy(() => [site("north", "north.lan"), site("barn", "north.lan")]),
      /address: expected an address that no other Pi of this program has/,
    );
  });

  it("is deployed to where its StaticIp moves it, whichever comes first", async () => {
    const makes: Readonly<Record<string, (host: Host) => unknown>> = {
      Firewall: (host) => new Firewall("it", { host }),
      OsBaseline: (host) => new OsBaseline("it", { host }),
      Fail2BanJail: (host) => jail("it", host),
    };
    for (const [kind, make] of Object.entries(makes)) {
      for (const program of [(it: Host) => [make(it), lan("lan", it)], (it: Host) => [lan("lan", it), make(it)]])
        matchesGolden(
          `errors/moved-${kind}.txt`,
          (await failureOf(() => program(pi("pi")), "lan")).map(({ message }) => `${message}\n`).join(""),
        );
    }
    for (const at of ["192.168.1.80", "raspberrypi.local"])
      await deploy(
        () => {
          const host = pi("pi", at);
          return [lan("lan", host), new Firewall("firewall", { host })];
        },
        new Map(),
        REPORT,
      );
  });

  it("gets an address that it has already, or that another one moves away from", async () => {
    await deploy(() => lan("lan", pi("pi", "192.168.1.80")), new Map(), REPORT);
    const inTurn = () => [
      lan("kitchen-lan", pi("kitchen"), "192.168.1.80"),
      lan("cellar-lan", pi("cellar", "192.168.1.80"), "192.168.1.81"),
    ];
    assert.ok(await deploy(inTurn, new Map(), REPORT));
  });
});
