import type { LabHost } from "../../lab";
import { asRoot } from "./host";
import type { Outputs } from "./stack";

export interface Published {
  readonly published: number;
  readonly failed: number;
}

/**
 * A host that publishes all the time, and comes anew for each message, as a device that sleeps between them does: as user sensor by
 * its password, and as user relay by its certificate.
 */
export class Publisher {
  private constructor(private readonly host: LabHost) {}

  static async start(host: LabHost, broker: LabHost, { ca, certificates, passwords }: Outputs): Promise<Publisher> {
    const install = "DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends mosquitto-clients";
    await asRoot(host, `{ apt-get -qq update && ${install}; } >/dev/null 2>&1`);
    const { certificatePem, privateKeyPem } = certificates["relay"] ?? { certificatePem: "", privateKeyPem: "" };
    const files = {
      "ca.crt": ca,
      "relay.crt": certificatePem,
      "relay.key": privateKeyPem,
      password: passwords["sensor"],
    };
    for (const [name, text] of Object.entries(files)) await asRoot(host, `umask 077; cat >/root/${name}`, text);
    await host.writeFile(
      "/root/publish.sh",
      `rm -f /root/enough /root/log
       publish() {
         if timeout 5 mosquitto_pub -h ${broker.ip} --cafile /root/ca.crt --insecure -q 1 -t home/x -m x "$@"; then
           echo published; else echo failed; fi
       }
       while [ ! -e /root/enough ]; do
         publish -p 8883 -u sensor -P "$(cat /root/password)"
         publish -p 8884 --cert /root/relay.crt --key /root/relay.key
         sleep 0.2
       done >>/root/log 2>&1`,
    );
    await asRoot(host, "systemd-run --quiet --unit=publish sh /root/publish.sh");
    return new Publisher(host);
  }

  /** Ends it, and says how often it went well and how often not. */
  async stop(): Promise<Published> {
    await asRoot(this.host, "touch /root/enough; while systemctl --quiet is-active publish; do sleep 0.2; done");
    return await this.sofar();
  }

  /** How often it went well and how often not, until now. */
  async sofar(): Promise<Published> {
    const count = async (word: string) => Number(await asRoot(this.host, `grep -c ${word} /root/log || :`));
    return { published: await count("published"), failed: await count("failed") };
  }
}
