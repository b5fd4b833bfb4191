import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { LabHost } from "../../lab";
import { datedFromNow } from "../../support/redated";
import { asRoot } from "./host";

/** Where a Pi keeps the certificates that it has ordered, and there the one that is live. */
export const MEMORY = "/var/lib/pulumi-mosquitto-pi/acme";
export const LIVE = `${MEMORY}/live`;

/** What orders it, and what has it ordered when it is time. */
export const ORDER = "pulumi-mosquitto-pi-acme-order";
export const RENEW = "pulumi-mosquitto-pi-acme-renew";

/** Of what the server issues, in days. */
const VALIDITY = 90;

/** A certificate authority that speaks ACME, as Let's Encrypt does; and a name server for `example.org`, which it asks. */
export class AcmeServer {
  readonly directory = "https://acme.example.org:14000/dir";

  private constructor(
    private readonly host: LabHost,
    /** The authority of the server itself, and the one that its certificates lead to. */
    readonly caPem: string,
    /** The second of these alone, which is what a public authority's certificate is. */
    readonly rootPem: string,
    /** Of the key by which it takes updates of names. */
    readonly tsigSecret: string,
    private readonly issuerKey: string,
  ) {}

  static async on(host: LabHost): Promise<AcmeServer> {
    await asRoot(host, `sh -s -- ${host.ip}`, readFileSync(join(__dirname, "acmeServer.sh"), "utf8"));
    const managed = (what: string) =>
      asRoot(host, `curl -fsS --cacert /etc/pebble/root.crt https://localhost:15000/${what}/0`);
    const rootPem = await managed("roots");
    return new AcmeServer(
      host,
      `${await asRoot(host, "cat /etc/pebble/root.crt")}\n${rootPem}`,
      rootPem,
      await asRoot(host, `sed -n 's/.*secret "\\(.*\\)";/\\1/p' /etc/bind/lab.key`),
      await managed("intermediate-keys"),
    );
  }

  /** What lego's `rfc2136` needs to prove that a name here is one's own. */
  get dnsCredentials(): Readonly<Record<string, string>> {
    return {
      RFC2136_NAMESERVER: `${this.host.ip}:53`,
      RFC2136_TSIG_ALGORITHM: "hmac-sha256.",
      RFC2136_TSIG_KEY: "lab",
      RFC2136_TSIG_SECRET: this.tsigSecret,
      // Seconds, of which there are a minute otherwise between the names of one certificate.
      RFC2136_SEQUENCE_INTERVAL: "1",
      RFC2136_POLLING_INTERVAL: "1",
    };
  }

  /** Has a host ask for names here, also after it was restarted. */
  async answers(pi: LabHost): Promise<void> {
    const file = "/etc/NetworkManager/conf.d/90lab.conf";
    await asRoot(pi, `cat >${file} && nmcli general reload`, `[global-dns-domain-*]\nservers=${this.host.ip}\n`);
  }

  /** Where a name leads, from now on. */
  async point(name: string, address: string): Promise<void> {
    const lines = ["server 127.0.0.1", `update delete ${name} A`, `update add ${name} 1 A ${address}`, "send", ""];
    await asRoot(this.host, "nsupdate -k /etc/bind/lab.key", lines.join("\n"));
  }

  /** Makes the certificate that a Pi serves as old as it will be when it has this many days left. */
  async age(pi: LabHost, daysLeft: number): Promise<void> {
    const file = `${LIVE}/server.crt`;
    const [leaf = "", ...chain] = (await pi.readFile(file)).split(/(?<=-----END CERTIFICATE-----\n)/);
    const aged = datedFromNow(leaf, this.issuerKey, daysLeft - VALIDITY, daysLeft);
    await pi.writeFile(file, [aged, ...chain].join(""));
    const end = (certificate: string) => `"$(${certificate} | openssl x509 -noout -enddate)"`;
    const isServed = `[ ${end("openssl s_client -connect 127.0.0.1:8883 </dev/null 2>/dev/null")} = ${end(`cat ${file}`)} ]`;
    await asRoot(pi, `systemctl reload mosquitto.service; until ${isServed}; do sleep 0.1; done`);
  }
}

/** Which pair is live on a Pi, with the modes and digests of its files. */
export function livePair(pi: LabHost): Promise<string> {
  return asRoot(pi, `readlink ${LIVE}; stat -c '%n %a %U:%G' ${LIVE}/*; sha256sum ${LIVE}/*`);
}
