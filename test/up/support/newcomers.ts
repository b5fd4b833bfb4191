import { setTimeout } from "node:timers/promises";

import type { Server } from "../../support/proof/session";
import { servedCertificate } from "./served";

/** New connections, one after the other, of clients that check the certificate; until it is asked how many there were. */
export function newcomers(server: Server, port: number): () => Promise<number> {
  const rest = { isWanted: true };
  const visits = (async () => {
    let count = 0;
    for (; rest.isWanted; count += 1) {
      await servedCertificate(server, port);
      await setTimeout(20);
    }
    return count;
  })();
  return () => {
    rest.isWanted = false;
    return visits;
  };
}
