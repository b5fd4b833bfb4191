import { jailModel, type JailSpec } from "../../../sdk/fail2ban/model";
import { desiredState } from "../../../sdk/fail2ban/desired";
import { matchesGolden } from "../../support/golden";

const SMALL: JailSpec = { broker: { listeners: [{ name: "tls", port: 8883 }] } };

const EVERYTHING: JailSpec = {
  broker: {
    listeners: [
      { name: "mqtt", port: 1883, bind: "::1" },
      { name: "tls", port: 8883 },
      { name: "mutualTls", port: 8884, bind: "192.168.1.80" },
      { name: "websockets", port: 9001, bind: "::" },
    ],
  },
  maxRetry: 3,
  findTime: "5m",
  banTime: "2h",
  increment: true,
  maxBanTime: "30d",
  ignoreIps: ["192.168.1.10", "10.8.0.0/24"],
  ignoreDeployer: false,
  action: "iptables",
  sshd: { maxRetry: 10 },
};

describe("the files of a jail", () => {
  for (const [name, spec] of Object.entries({ small: SMALL, everything: EVERYTHING }))
    it(`are as written down: ${name}`, () => {
      const { files } = desiredState(jailModel(spec), { seed: "seed", component: "home/prod/jail" });
      for (const { path, content } of files.filter((file) => !file.path.endsWith(".py")))
        matchesGolden(`fail2ban/${name}/${path}`, content);
    });
});
