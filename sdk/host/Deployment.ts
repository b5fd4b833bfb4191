import { randomUUID } from "node:crypto";

import * as pulumi from "@pulumi/pulumi";

import type { Subject } from "../core/Refusal";
import { failure, inform, warn } from "../core/Tell";
import { validated } from "../core/validated";
import { ifKnown, withGaps } from "../core/WithGaps";
import type { Connection } from "./connection";
import type { DesiredState } from "./desired";
import { driftLines } from "./look/drift";
import { look, lookAt, type Sight, type Sighting, type Unseen } from "./look/Look";
import { nextId } from "./look/nextId";
import { type ConceptSeen, NOTHING } from "./look/observation";
import { type Foresee, planLines } from "./look/plan";
import { refusalLines } from "./look/refusals";
import { checkMoved } from "./Places";
import { checkHost, type Host } from "./RaspberryPi";
import { SUITES } from "./suite";

/** What one component wants of one host. */
export interface HostStateArgs {
  readonly host: Host;
  readonly concept: string;
  /** A function, since Pulumi would take apart and put together again every object that passes through an Output. */
  readonly wanted: pulumi.Output<() => Wanted>;
  /** What a preview knows of it while that is not known; undefined when it is too little to tell. */
  readonly draft: () => Promise<Wanted | undefined>;
  /** What has to be deployed before. */
  readonly after?: readonly pulumi.Resource[];
}

/** The desired state, or as much of it as a preview knows. */
export interface Wanted {
  readonly desired: DesiredState;
  /** Says what it will take to make changes live. */
  readonly foresee: Foresee;
  /** Why `up` would refuse what the host has to become, beside whose it is: its own hook does, by the same test. */
  readonly refuse?: (seen: ConceptSeen) => readonly string[];
  /** What is told in each preview of what the host has, whether or not there is anything to do. */
  readonly remark?: (seen: ConceptSeen) => readonly string[];
}

/** What is to be sent to a host, after a look at it. */
export interface Deployment {
  /** How to log in, checked. */
  readonly connection: pulumi.Output<pulumi.Unwrap<Connection>>;
  readonly sight: pulumi.Output<Sight>;
  /** Known when what was seen, and in a preview what would be done, has been told. */
  readonly task: pulumi.Output<() => Task>;
}

/** A desired state, and the host as it was when the program began. */
export interface Task {
  readonly desired: DesiredState;
  readonly seen: Sighting | Unseen;
}

/**
 * Looks at the host, tells what is not as it was deployed, and in a preview what `up` would do.
 *
 * @param elsewhere - Where the host may be besides.
 * @throws pulumi.ResourceError when the host is a plain object that is not right.
 */
export function deploymentOf(args: HostStateArgs, subject: Subject, elsewhere?: pulumi.Output<string>): Deployment {
  const { connection, suite } = args.host;
  const checked = validated(
    subject,
    { host: { connection, suite } },
    (given) => {
      checkHost(given.at("host"));
      checkMoved(given.at("host"), args.host, subject);
    },
    ({ host }) => host.connection,
  );
  const sight =
    elsewhere === undefined
      ? look(args.host, checked, subject)
      : lookAt(
          pulumi.all([checked, elsewhere]).apply(([login, host]) => waysTo(login, host)),
          subject,
        );
  const told = pulumi
    .all([sight, checked, resourceName(args.host)])
    .apply(([seen, { host }, resource]) => tell(labelOf(seen(), host, resource), seen(), args, subject));
  const task = pulumi
    .all([args.wanted, suite, sight, told])
    .apply(([wanted, release, seen]) => taskOf(wanted, release, seen));
  return { connection: checked, sight, task };
}

function waysTo(login: pulumi.Unwrap<Connection>, elsewhere: string): pulumi.Unwrap<Connection>[] {
  return [...new Set([elsewhere, login.host])].map((host) => ({ ...login, host }));
}

function taskOf(wanted: () => Wanted, suite: string | undefined, seen: Sight): () => Task {
  const task = { desired: { ...wanted().desired, suite }, seen: seen() };
  return () => task;
}

/** What the host is to remember, and what this deployment is fed. */
export function idFor({ desired: { concept }, seen }: Task, digest: string): string {
  // Always the same, so that nothing differs only because nobody looks.
  if (seen === "off") return "unobserved";
  // Never the same: it must not look as if there were nothing to do.
  if (seen === "failed") return randomUUID();
  return nextId(seen, concept, digest);
}

function resourceName(host: Host): pulumi.Output<string | undefined> {
  if (!pulumi.Resource.isInstance(host)) return pulumi.output(undefined);
  return (host as unknown as pulumi.Resource).urn.apply((urn) => urn.split("::").at(-1));
}

/** `pi (192.168.1.57)`. */
function labelOf(seen: Sighting | Unseen, host: string, resource: string | undefined): string {
  const address = typeof seen === "string" ? host : seen.address;
  return resource === undefined ? address : `${resource} (${address})`;
}

/**
 * Logs what is not as it was deployed, and in a preview what `up` would do.
 *
 * @throws pulumi.ResourceError in a preview when `up` would refuse the host.
 */
async function tell(label: string, seen: Sighting | Unseen, args: HostStateArgs, { resource }: Subject): Promise<void> {
  if (typeof seen === "string") return;
  const { refusal, plan } = pulumi.runtime.isDryRun() ? await foretell(label, seen, args) : { refusal: [], plan: [] };
  if (refusal.length > 0) throw failure(resource, refusal.join("\n"));
  const drift = driftLines(label, seen.concepts.get(args.concept)?.drift ?? []);
  if (drift.length > 0) await warn(resource, drift.join("\n"));
  if (plan.length > 0) await inform(resource, plan.join("\n"));
}

/** What `up` would do to a host, and why it would not, in words. */
async function foretell(label: string, seen: Sighting, { host, concept, wanted: all, draft }: HostStateArgs) {
  const [known, suite] = await Promise.all([ifKnown(all).then((get) => get?.() ?? draft()), withGaps(host.suite)]);
  const wanted = { ...known?.desired, concept, suite: SUITES.find((it) => it === suite) };
  const plan =
    known === undefined
      ? [`plan for ${label}: not known before \`pulumi up\``]
      : planLines(label, seen, known.desired, known.foresee);
  const there = seen.concepts.get(concept) ?? NOTHING;
  const remarks = known?.remark?.(there) ?? [];
  return {
    refusal: refusalLines(label, seen, wanted, known?.refuse?.(there)),
    plan: [...plan, ...remarks.map((it) => `${label} has ${it}`)],
  };
}
