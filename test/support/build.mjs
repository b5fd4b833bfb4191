// Compiles the SDK to dist/ and puts its shell files beside the compiled modules that read them.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
// dist/ is swapped when all is there: a program that runs meanwhile finds the old SDK or the new one.
const [fresh, stale] = ["fresh", "stale"].map((kind) => `${root}/node_modules/.dist-${kind}-${process.pid}`);
const tsc = [`${root}/node_modules/typescript/bin/tsc`, "-p", `${root}/tsconfig.build.json`, "--outDir", fresh];
try {
  execFileSync(process.execPath, tsc, { stdio: "inherit" });
  for (const concept of readdirSync(`${root}/sdk`).filter((it) => existsSync(`${root}/sdk/${it}/shell`)))
    cpSync(`${root}/sdk/${concept}/shell`, `${fresh}/sdk/${concept}/shell`, { recursive: true });
  if (existsSync(`${root}/dist`)) renameSync(`${root}/dist`, stale);
  renameSync(fresh, `${root}/dist`);
} finally {
  for (const folder of [fresh, stale]) rmSync(folder, { recursive: true, force: true });
}
