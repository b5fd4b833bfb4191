import assert from "node:assert/strict";

import { Field } from "../../../sdk/core/field";
import { formatIssues } from "../../../sdk/core/issue";
import { checkJail, jailModel, type JailSpec } from "../../../sdk/fail2ban/model";

const BROKER: JailSpec["broker"] = { listeners: [{ name: "tls", port: 8883 }] };

function mistakes(spec: unknown): string[] {
  const field = new Field(spec);
  checkJail(field);
  return formatIssues("Fail2BanJail", "jail", field.found).split("\n  ").slice(1);
}

describe("the arguments of a jail", () => {
  it("may all be left away but the broker", () => {
    assert.deepEqual(mistakes({ broker: BROKER }), []);
    assert.deepEqual(jailModel({ broker: BROKER }), {
      maxRetry: 5,
      findTime: 600,
      banTime: 3600,
      listeners: [{ name: "tls", port: 8883 }],
      ignoreIps: [],
      ignoreDeployer: true,
      action: "nftables",
    });
  });

  it("may all be there", () => {
    const spec: JailSpec = {
      broker: BROKER,
      maxRetry: 3,
      findTime: "5m",
      banTime: "2h",
      increment: true,
      maxBanTime: "30d",
      ignoreIps: ["192.168.1.10", "10.8.0.0/24", "FD00:0::1", "fd00:0:1::/48"],
      ignoreDeployer: false,
      action: "iptables",
      sshd: { maxRetry: 10 },
    };
    assert.deepEqual(mistakes(spec), []);
    const { listeners, ...model } = jailModel(spec);
    assert.equal(listeners.length, 1);
    assert.deepEqual(model, {
      maxRetry: 3,
      findTime: 300,
      banTime: 7200,
      maxBanTime: 30 * 86400,
      ignoreIps: ["192.168.1.10", "10.8.0.0/24", "fd00::1", "fd00:0:1::/48"],
      ignoreDeployer: false,
      action: "iptables",
      sshd: { maxRetry: 10, findTime: 600, banTime: 3600 },
    });
  });

  it("are told what is wrong with them, all at once", () => {
    assert.deepEqual(
      mistakes({
        broker: BROKER,
        maxRetry: 0,
        findTime: "5",
        banTime: "1h",
        increment: true,
        maxBanTime: "30m",
        ignoreIps: ["router", "0.0.0.0/0", "::/0"],
        action: "reject; reboot",
        sshd: { maxretry: 3 },
        jail: "x",
      }),
      [
        "jail: expected no such argument, got jail",
        "maxRetry: expected a whole number from 1 to 100 failures, got 0",
        'findTime: expected a duration from "10s" to "1y", such as "90d", got "5"',
        'maxBanTime: expected at least `banTime`, got "30m"; a ban can only become longer',
        'ignoreIps[0]: expected an address or a network, such as "192.168.1.10" or "10.8.0.0/24", got "router"',
        'ignoreIps[1]: expected a network, got "0.0.0.0/0"; that is everybody: nobody would ever be banned',
        'ignoreIps[2]: expected a network, got "::/0"; that is everybody: nobody would ever be banned',
        'action: expected "nftables" or "iptables", got "reject; reboot"',
        'sshd.maxretry: expected no such argument, got maxretry; did you mean "maxRetry"?',
      ],
    );
    assert.deepEqual(mistakes({ broker: BROKER, maxBanTime: "30d" }), [
      "maxBanTime: expected no `maxBanTime` without `increment`; add increment: true",
    ]);
  });

  it("need a broker whose log tells who logs in, and nothing in clients' words", () => {
    assert.deepEqual(
      mistakes({
        broker: {
          ...BROKER,
          logging: { destinations: ["stdout"], types: ["error", "subscribe", "debug"], connectionMessages: false },
          settings: { log_timestamp: false },
        },
      }),
      [
        'broker.logging.destinations: expected "file" among them; logins are read from the broker\'s log file',
        'broker.logging.types: expected "notice" among them; it has the lines that tell who logs in',
        'broker.logging.types: expected "warning" among them; it has the lines that tell when the broker can take nobody',
        'broker.logging.types[1]: expected none but error, warning, notice and information, got "subscribe"; other lines repeat what clients send, who can forge logins with them',
        'broker.logging.types[2]: expected none but error, warning, notice and information, got "debug"; other lines repeat what clients send, who can forge logins with them',
        "broker.logging.connectionMessages: expected true, got false; else the log does not tell who logs in",
        "broker.settings.log_timestamp: expected mosquitto's own time stamps; leave it away",
      ],
    );
  });

  it("need a broker that others reach, whose ports are watched", () => {
    assert.deepEqual(mistakes({ broker: { listeners: [{ name: "mqtt", port: 1883, bind: "127.0.0.1" }] } }), [
      "broker.listeners: expected a listener that others than the Pi itself reach; nobody else can come",
    ]);
    const broker: JailSpec["broker"] = {
      listeners: [
        { name: "mqtt", port: 1883, bind: "::1" },
        { name: "tls", port: 18883 },
        { name: "websockets", port: 9001 },
      ],
    };
    assert.deepEqual(mistakes({ broker }), []);
    assert.deepEqual(
      jailModel({ broker }).listeners.map(({ port }) => port),
      [18883, 9001],
    );
  });
});
