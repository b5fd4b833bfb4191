import { type Check, opensslReason, type Scene } from "./check";
import { handshake } from "./openssl";
import { PORTS } from "./target";

/** The certificate as `openssl s_client` sees it, which knows nothing of MQTT or of this repository. */
export function certificateChecks({ target: { hostnames, address }, caFile }: Scene): Check[] {
  const [name] = hostnames;
  const trusted = ["-CAfile", caFile, "-servername", name];
  const untrusted = ["-no-CAfile", "-no-CApath", "-no-CAstore", "-servername", name];
  const asName = (it: string) => ["-CAfile", caFile, "-servername", it, "-verify_hostname", it];
  return [
    ...hostnames.map((it) => verifies(it, PORTS.tls, asName(it), 0)),
    verifies(`the address ${address}`, PORTS.tls, ["-CAfile", caFile, "-verify_ip", address], 0),
    verifies(`${name}, mutual TLS`, PORTS.mutualTls, asName(name), 0),
    verifies(`${name}, websockets`, PORTS.websockets, asName(name), 0),
    verifies(`${name}, TLS 1.2 only`, PORTS.tls, ["-tls1_2", ...asName(name)], 0),
    verifies("another name, other.example", PORTS.tls, [...trusted, "-verify_hostname", "other.example"], 62),
    verifies(`${name}, trusting no authority`, PORTS.tls, untrusted, 19, 20, 21),
    ...Object.values(PORTS).map((port) => refusesOldTls(port, trusted)),
  ];
}

function verifies(whom: string, port: number, args: readonly string[], ...codes: readonly number[]): Check {
  return {
    tried: `openssl s_client verifies ${whom}, port ${String(port)}`,
    run: async ({ target }) => {
      const answer = await handshake(target.address, port, args);
      const protocol = negotiated(answer);
      const result = /Verify return code: (\d+) \(.*\)/.exec(answer);
      if (protocol === undefined || result === null) return { came: failure(answer), ok: false };
      return { came: `${result[0]}, ${protocol}`, ok: codes.includes(Number(result[1])) };
    },
  };
}

function refusesOldTls(port: number, trusted: readonly string[]): Check {
  return {
    tried: `openssl s_client offers TLS 1.1 only, port ${String(port)}`,
    run: async ({ target }) => {
      // Without SECLEVEL=0 the client itself would refuse.
      const args = ["-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0", ...trusted];
      const answer = await handshake(target.address, port, args);
      const protocol = negotiated(answer);
      const came = protocol === undefined ? failure(answer) : `a session, ${protocol}`;
      return { came, ok: protocol === undefined && came.includes("alert") };
    },
  };
}

/** The version of a finished handshake. s_client's other lines look the same without one. */
function negotiated(answer: string): string | undefined {
  return /^New, (TLSv[\d.]+), Cipher is/m.exec(answer)?.[1];
}

function failure(answer: string): string {
  return opensslReason(answer) ?? "no TLS handshake";
}
