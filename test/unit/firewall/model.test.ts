import assert from "node:assert/strict";

import { Field, UNKNOWN } from "../../../sdk/core/field";
import { formatIssues } from "../../../sdk/core/issue";
import { checkFirewall } from "../../../sdk/firewall/model";

const LISTENERS = [
  { name: "tls", port: 8883 },
  { name: "websockets", port: 9001, bind: "127.0.0.1" },
];

function mistakes(args: object): string[] {
  const field = new Field({ sshPort: 22, broker: { listeners: LISTENERS }, ...args });
  checkFirewall(field);
  return formatIssues("", "", field.found)
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}

describe("the arguments of a firewall", () => {
  it("are right as the manual has them", () => {
    assert.deepEqual(mistakes({}), []);
    assert.deepEqual(mistakes({ broker: undefined, ssh: null, listeners: null, allow: null, exclusive: null }), []);
    assert.deepEqual(
      mistakes({
        ssh: { limit: true, from: ["192.168.1.0/24", "192.168.7.5", "192.168.7.6/32", "fd00::/64", "fd00:1::5"] },
        listeners: { tls: { from: ["192.168.1.0/24"] } },
        allow: [{ port: 1880 }, { port: 1880, protocol: "udp", from: ["10.0.0.0/8"] }],
        exclusive: true,
      }),
      [],
    );
    const unknown = { broker: { listeners: UNKNOWN }, ssh: UNKNOWN, allow: UNKNOWN, sshPort: UNKNOWN };
    assert.deepEqual(mistakes({ ...unknown, listeners: { mqtt: { from: UNKNOWN } } }), []);
  });

  it("are told what is wrong with them, all at once", () => {
    assert.deepEqual(
      mistakes({
        ssh: { limit: "yes", from: ["192.168.1.5/24", "0.0.0.0/0", "home"] },
        listeners: { mqtt: { from: [] }, websockets: {}, tsl: {} },
        allow: [
          { port: 22 },
          { port: 8883 },
          { port: 1880 },
          { port: 1880, protocol: "tcp" },
          { port: 0, protocol: "icmp" },
          80,
        ],
        exclusiv: true,
      }),
      [
        'exclusiv: expected no such argument, got exclusiv; did you mean "exclusive"?',
        'ssh.from[0]: expected a network or an address, such as "192.168.1.0/24" or "fd00::/64", got "192.168.1.5/24"; the part after the network\'s prefix has to be zero',
        'ssh.from[1]: expected a network or an address, such as "192.168.1.0/24" or "fd00::/64", got "0.0.0.0/0"; leave the list away to let everyone in',
        'ssh.from[2]: expected a network or an address, such as "192.168.1.0/24" or "fd00::/64", got "home"',
        'ssh.limit: expected true, false or { except }, got "yes"',
        'listeners.tsl: expected no such argument, got tsl; did you mean "tls"?',
        "listeners.mqtt.from: expected at least one network, got none; leave the list away to let everyone in",
        "listeners.mqtt: expected a listener of `broker` that is not on a loopback address, got none of this name",
        "listeners.websockets: expected a listener of `broker` that is not on a loopback address, got none of this name",
        "allow[1]: expected each port once, got 8883/tcp; that is the listener tls, which has `listeners`",
        "allow[3]: expected each port once, got 1880/tcp; put all sources in `from` of allow[2]",
        "allow[4].port: expected a whole number from 1 to 65535, got 0",
        'allow[4].protocol: expected "tcp" or "udp", got "icmp"',
        "allow[5]: expected an object with `port`, got 80",
      ],
    );
  });

  it("may exempt from the limit on SSH who may come, and nobody else", () => {
    const ssh = { from: ["192.168.1.0/24", "fd00::7"], limit: { except: ["192.168.1.0/25", "fd00::7/128"] } };
    assert.deepEqual(mistakes({ ssh }), []);
    assert.deepEqual(mistakes({ ssh: { limit: ssh.limit } }), []);
    assert.deepEqual(mistakes({ ssh: { ...ssh, limit: { except: ["192.168.0.0/16", "10.0.0.1"] } } }), [
      "ssh.limit.except: expected networks that `ssh.from` lets in, got 192.168.0.0/16; add it there",
      "ssh.limit.except: expected networks that `ssh.from` lets in, got 10.0.0.1/32; add it there",
    ]);
    assert.deepEqual(mistakes({ ssh: { limit: {} } }), [
      "ssh.limit.except: expected a list of networks, got nothing; limit: true is without one",
    ]);
  });

  it("let nobody in from where nothing comes, nor from everywhere by a name of it", () => {
    const nobodys = ["224.0.0.251", "239.0.0.0/8", "255.255.255.255", "ff02::fb", "ff00::/8", "0.0.0.0", "::"];
    const found = mistakes({ ssh: { from: nobodys } });
    assert.deepEqual(
      found.map((it) => it.replace(/.*; /, "")),
      [
        ...Array<string>(5).fill("nothing comes from there: that is multicast, or no host's address"),
        ...Array<string>(2).fill("leave the list away to let everyone in"),
      ],
    );
    assert.deepEqual(mistakes({ ssh: { from: ["128.0.0.0/1", "8000::/1"] } }), []);
  });

  it("advise about what is the port of SSH, as far as can be told from here", () => {
    const field = new Field({ sshPort: 22, allow: [{ port: 22 }, { port: 22, protocol: "udp" }] });
    checkFirewall(field);
    assert.deepEqual([field.found, field.advice.map(({ path }) => path)], [[], ["allow[0]"]]);
  });

  it("may repeat no network, however it is spelled", () => {
    assert.deepEqual(mistakes({ ssh: { from: ["fd00::/64", "FD00:0::/64", "10.0.0.1", "10.0.0.1/32"] } }), [
      'ssh.from[1]: expected each network once, got "FD00:0::/64"',
      'ssh.from[3]: expected each network once, got "10.0.0.1/32"',
    ]);
  });

  const wrong: readonly (readonly [object, string])[] = [
    [{ ssh: "22" }, "ssh: expected an object with `limit` or `from`"],
    [{ broker: "broker" }, "broker: expected a MosquittoBroker, or { listeners }"],
    [{ broker: {} }, "broker.listeners: expected a list of { name, port, bind }"],
    [{ broker: { listeners: [{ name: "tls", port: "8883" }] } }, "broker.listeners[0].port: expected a whole number"],
    [{ broker: { listeners: [{ name: "mqtts", port: 8883 }] } }, "broker.listeners[0].name: expected"],
    [
      { broker: { listeners: [{ name: "tls", port: 8883, bind: "any\nallow allow tcp 23 any any" }] } },
      "broker.listeners[0].bind: expected an IP address",
    ],
    [{ allow: { port: 80 } }, "allow: expected a list of { port, protocol, from }"],
    [{ allow: [{ port: 80, source: [] }] }, "allow[0].source: expected no such argument"],
    [{ ssh: { from: "192.168.1.0/24" } }, 'ssh.from: expected a list of networks, such as ["192.168.1.0/24"]'],
  ];
  for (const [args, text] of wrong)
    it(`are refused: ${JSON.stringify(args)}`, () => {
      const [found = "", ...more] = mistakes(args);
      assert.ok(found.startsWith(text), found);
      assert.deepEqual(more, []);
    });
});
