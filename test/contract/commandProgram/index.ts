import { readFileSync } from "node:fs";

import { remote, type types } from "@pulumi/command";
import { asset, secret } from "@pulumi/pulumi";

/** What the test wants to have, by resource name. */
export interface Spec {
  connection: types.input.remote.ConnectionArgs;
  commands?: Record<string, Partial<remote.CommandArgs> & { secretStdin?: string }>;
  copies?: Record<string, { remotePath: string; text: string } | { remotePath: string; file: string } | Folder>;
}

interface Folder {
  remotePath: string;
  folder: string;
}

const file = process.env["CONTRACT_SPEC"] ?? "";
const { connection, commands = {}, copies = {} } = JSON.parse(readFileSync(file, "utf8")) as Spec;

for (const [name, { secretStdin, ...args }] of Object.entries(commands)) {
  const stdin = secretStdin === undefined ? {} : { stdin: secret(secretStdin) };
  new remote.Command(name, { connection, ...args, ...stdin });
}

for (const [name, { remotePath, ...from }] of Object.entries(copies)) {
  const source =
    "text" in from
      ? new asset.StringAsset(from.text)
      : "file" in from
        ? new asset.FileAsset(from.file)
        : new asset.FileArchive(from.folder);
  new remote.CopyToRemote(name, { connection, remotePath, source });
}
