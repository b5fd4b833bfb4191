/** Runs a command on each of the hosts that come by stdin, tells how each ended, and should then end by itself. */
import { text } from "node:stream/consumers";

import { SshError } from "../../../../sdk/host/ssh/error";
import { runOverSsh } from "../../../../sdk/host/ssh/run";

async function main(): Promise<void> {
  const connections = JSON.parse(await text(process.stdin)) as Parameters<typeof runOverSsh>[0][];
  const ends = connections.map((connection) =>
    runOverSsh(connection, "true", "", 60).then(
      ({ code }) => String(code),
      (error: unknown) => (error instanceof SshError ? error.failure : String(error)),
    ),
  );
  console.log((await Promise.all(ends)).join(" "));
}

main().catch((error: unknown) => {
  throw error;
});
