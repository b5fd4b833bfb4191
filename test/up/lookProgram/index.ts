import { readFileSync } from "node:fs";

import { MosquittoBroker, RaspberryPi, type RaspberryPiArgs, TlsAuthority } from "../../../sdk";

/** What the program is about. */
export interface LookSpec {
  readonly host: RaspberryPiArgs;
  readonly isPlain: boolean;
}

const { host: args, isPlain } = JSON.parse(readFileSync(process.env["UP_SPEC"] ?? "", "utf8")) as LookSpec;

const host = isPlain ? args : new RaspberryPi("shared", args);
const authority = new TlsAuthority("ca", { commonName: "Test CA" });
for (const name of ["one", "two"])
  new MosquittoBroker(name, {
    host,
    authority,
    users: [{ username: "relay", certificate: true }],
    listeners: { mutualTls: {} },
  });
