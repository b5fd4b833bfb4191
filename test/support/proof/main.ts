// The proof as a command. Usage: pulumi stack output --json --show-secrets | tsx main.ts ADDRESS
import { text } from "node:stream/consumers";

import { homeTarget } from "./home";
import { prove } from "./prove";

async function main(address: string): Promise<boolean> {
  const outputs = JSON.parse(await text(process.stdin)) as Record<string, unknown>;
  const count = { ok: 0, failed: 0 };
  for await (const { tried, came, ok } of prove(homeTarget(address, outputs))) {
    count[ok ? "ok" : "failed"] += 1;
    console.log(`${ok ? "ok    " : "FAILED"}  ${tried} -> ${came}`);
  }
  console.log(`\n${String(count.ok)} ok, ${String(count.failed)} FAILED`);
  return count.failed === 0 && count.ok > 0;
}

main(process.argv[2] ?? "").then(
  (allRight) => {
    process.exit(allRight ? 0 : 1);
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
