import { connect, type DetailedPeerCertificate } from "node:tls";

import type { Server } from "../../support/proof/session";

/** The certificate that a port serves to a client that checks it by name. */
export function servedCertificate(
  { address, hostnames, caPem }: Server,
  port: number,
): Promise<DetailedPeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, ca: caPem, servername: hostnames[0] }, () => {
      resolve(socket.getPeerCertificate(true));
      socket.destroy();
    });
    socket.once("error", reject);
  });
}
