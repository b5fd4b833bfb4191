import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";

import type { State } from "../engine/engine";
import type { LabHost } from "../lab";
import { asRoot } from "../up/support/host";
import type { Stack } from "../up/support/stack";
import type { Spec } from "../up/program/spec";
import { type Configuration, CONFIGURATIONS, specOf } from "./configurations";
import { Probe } from "./probe";
import type { Wire } from "./wire";

/** A stack, its host, and the wire that leads there. */
export interface Road {
  readonly stack: Stack;
  readonly host: LabHost;
  readonly wire: Wire;
  readonly hosts: Spec["hosts"];
}

/** What HostState sends for each configuration. */
export type Payloads = Readonly<Record<Configuration, string>>;

/** What a stack sends for each configuration, and what clients may expect of a host that got it. */
export interface Source {
  readonly payloads: Payloads;
  readonly probe: (address: string) => Probe;
}

/** Deploys each configuration on a host by `pulumi up`. */
export async function sourceFrom({ stack, host, hosts }: Road): Promise<Source> {
  const payloads = {} as Record<Configuration, string>;
  const fingerprints = {} as Record<Configuration, string>;
  for (const name of CONFIGURATIONS) {
    await stack.up(specOf(name, hosts));
    payloads[name] = await payloadOf(stack);
    const served = await asRoot(host, "cat /etc/mosquitto/current/certs/server.crt");
    fingerprints[name] = new X509Certificate(served).fingerprint256;
  }
  const { ca } = await stack.outputs();
  return { payloads, probe: (address) => new Probe(address, ca, fingerprints) };
}

async function payloadOf(stack: Stack): Promise<string> {
  const { code, stdout } = await stack.project.pulumi(["stack", "export", "--show-secrets"]);
  assert.equal(code, 0);
  const { deployment } = JSON.parse(stdout) as State;
  const command = deployment.resources?.find(({ type }) => type === "command:remote:Command");
  const stdin = command?.inputs?.["stdin"] as { readonly plaintext: string } | undefined;
  assert.ok(stdin);
  return JSON.parse(stdin.plaintext) as string;
}
