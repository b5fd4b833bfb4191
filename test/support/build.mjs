// Compiles the SDK to dist/ and puts its shell files beside the compiled modules that read them.
import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
rmSync(`${root}/dist`, { recursive: true, force: true });
execFileSync(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, "-p", `${root}/tsconfig.build.json`], {
  stdio: "inherit",
});
for (const folder of ["sdk/host/shell", "sdk/mosquitto/shell"])
  cpSync(`${root}/${folder}`, `${root}/dist/${folder}`, { recursive: true });
