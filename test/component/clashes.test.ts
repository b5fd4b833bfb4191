import assert from "node:assert/strict";

import { Fail2BanJail, Firewall, type Host, insecure, OsBaseline, RaspberryPi, StaticIp } from "../../sdk";
import { deploy } from "../support/deploy";
import { failureOf } from "../support/failure";
import { matchesGolden } from "../support/golden";

const REPORT = "suite trixie\ngeneration 0001-0123456789ab\nactivation nothing\nfact device eth0\nfact hostname pi\n";

function pi(name: string, host = "192.168.1.57"): RaspberryPi {
  return new RaspberryPi(name, { connection: { host, password: "of the login", hostKey: insecure() } });
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

  it("gets an address that it has already, or that another one moves away from", async () => {
    await deploy(() => lan("lan", pi("pi", "192.168.1.80")), new Map(), REPORT);
    const inTurn = () => [
      lan("kitchen-lan", pi("kitchen"), "192.168.1.80"),
      lan("cellar-lan", pi("cellar", "192.168.1.80"), "192.168.1.81"),
    ];
    assert.ok(await deploy(inTurn, new Map(), REPORT));
  });
});
