import assert from "node:assert/strict";

import { renderRules } from "../../../sdk/firewall/render";

describe("the rules of a firewall", () => {
  it("let SSH in, and nothing else that is not said", () => {
    assert.equal(renderRules({ sshPort: 22 }), "ssh allow tcp in-use any any\n");
  });

  it("are one for each port and source, in ufw's spelling, and none for what only the Pi itself gets at", () => {
    assert.equal(
      renderRules({
        sshPort: 22,
        ssh: { limit: true, from: ["192.168.1.0/24", "FD00:0::/64"] },
        broker: {
          listeners: [
            { name: "mqtt", port: 1883, bind: "127.0.0.1" },
            { name: "tls", port: 8883 },
            { name: "mutualTls", port: 8884, bind: "192.168.1.80" },
            { name: "websockets", port: 9001, bind: "0::0" },
          ],
        },
        listeners: { tls: { from: ["192.168.1.7/32", "fd00::7/128"] } },
        allow: [{ port: 1880 }, { port: 5683, protocol: "udp", from: ["10.0.0.0/8"] }],
      }),
      [
        "ssh limit tcp in-use 192.168.1.0/24 any",
        "ssh limit tcp in-use fd00::/64 any",
        "tls allow tcp 8883 192.168.1.7 any",
        "tls allow tcp 8883 fd00::7 any",
        "mutualTls allow tcp 8884 any 192.168.1.80",
        "websockets allow tcp 9001 any any",
        "allow allow tcp 1880 any any",
        "allow allow udp 5683 10.0.0.0/8 any",
        "",
      ].join("\n"),
    );
  });

  it("do not limit what is exempt", () => {
    assert.equal(
      renderRules({
        sshPort: 22,
        ssh: { limit: { except: ["10.0.0.1/32", "192.168.1.7"] }, from: ["192.168.1.0/24", "10.0.0.1"] },
      }),
      [
        "ssh limit tcp in-use 192.168.1.0/24 any",
        "exempt allow tcp in-use 10.0.0.1 any",
        "exempt allow tcp in-use 192.168.1.7 any",
        "",
      ].join("\n"),
    );
  });
});
