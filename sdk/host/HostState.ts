import { randomUUID } from "node:crypto";

import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { Subject } from "../core/Refusal";
import { failure, inform, warn } from "../core/Tell";
import { validated } from "../core/validated";
import { ifKnown, withGaps } from "../core/WithGaps";
import type { DesiredState } from "./desired";
import { driftLines } from "./look/drift";
import { look, type Unseen } from "./look/Look";
import { nextId } from "./look/nextId";
import type { Observation } from "./look/observation";
import { type Foresee, planLines } from "./look/plan";
import { refusalLines } from "./look/refusals";
import { APPLY, payload, REMOVE } from "./payload";
import { checkHost, commandConnection, type Host } from "./RaspberryPi";
import { parseReport, type Report } from "./report";
import { SUITES } from "./suite";

/** Arguments of {@link HostState}. */
export interface HostStateArgs {
  readonly host: Host;
  readonly concept: string;
  /** A function, since Pulumi would take apart and put together again every object that passes through an Output. */
  readonly wanted: pulumi.Output<() => Wanted>;
  /** What a preview knows of it while that is not known; undefined when it is too little to tell. */
  readonly draft: () => Promise<Wanted | undefined>;
}

/** The desired state, or as much of it as a preview knows. */
export interface Wanted {
  readonly desired: DesiredState;
  /** Says what it will take to make changes live. */
  readonly foresee: Foresee;
}

/**
 * What one component wants of one host, kept there by exactly one `remote.Command`: one SSH connection, one transaction.
 *
 * Its command line is a short constant and its standard input holds the rest, since error texts show the former only.
 *
 * @throws pulumi.ResourceError when the host is a plain object that is not right.
 */
export class HostState {
  /** What the host said when it had the desired state, checked from outside. */
  readonly report: pulumi.Output<Report>;

  constructor(name: string, args: HostStateArgs, subject: Subject) {
    const { connection, suite } = args.host;
    const checked = validated(
      subject,
      { host: { connection, suite } },
      (given) => {
        checkHost(given.at("host"));
      },
      ({ host }) => host.connection,
    );
    const sight = look(args.host, checked, subject);
    const told = pulumi
      .all([sight, checked, resourceName(args.host)])
      .apply(([seen, { host }, resource]) => tell(labelOf(host, resource), seen(), args, subject));
    const stdin = pulumi
      .all([args.wanted, suite, sight, told])
      .apply(([wanted, release, seen]) =>
        payload({ ...wanted().desired, suite: release }, (digest) => idFor(seen(), args.concept, digest)),
      );
    const command = new remote.Command(
      name,
      {
        connection: pulumi.secret(checked.apply(commandConnection)),
        create: APPLY,
        delete: REMOVE,
        stdin: pulumi.secret(stdin),
        logging: remote.Logging.Stderr,
        addPreviousOutputInEnv: false,
      },
      // Both halves of a replacement have the same identity: create before delete would take away what was just made.
      { parent: subject.resource, deleteBeforeReplace: true },
    );
    this.report = pulumi.unsecret(command.stdout).apply(parseReport);
  }
}

function idFor(seen: Observation | Unseen, concept: string, digest: string): string {
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
function labelOf(address: string, resource: string | undefined): string {
  return resource === undefined ? address : `${resource} (${address})`;
}

/**
 * Logs what is not as it was deployed, and in a preview what `up` would do.
 *
 * @throws pulumi.ResourceError in a preview when `up` would refuse the host.
 */
async function tell(
  label: string,
  seen: Observation | Unseen,
  args: HostStateArgs,
  { resource }: Subject,
): Promise<void> {
  if (typeof seen === "string") return;
  const { refusal, plan } = pulumi.runtime.isDryRun() ? await foretell(label, seen, args) : { refusal: [], plan: [] };
  if (refusal.length > 0) throw failure(resource, refusal.join("\n"));
  const drift = driftLines(label, seen.concepts.get(args.concept)?.drift ?? []);
  if (drift.length > 0) await warn(resource, drift.join("\n"));
  if (plan.length > 0) await inform(resource, plan.join("\n"));
}

/** What `up` would do to a host, and why it would not, in words. */
async function foretell(label: string, seen: Observation, { host, concept, wanted: all, draft }: HostStateArgs) {
  const [known, suite] = await Promise.all([ifKnown(all).then((get) => get?.() ?? draft()), withGaps(host.suite)]);
  const wanted = { ...known?.desired, concept, suite: SUITES.find((it) => it === suite) };
  const plan =
    known === undefined
      ? [`plan for ${label}: not known before \`pulumi up\``]
      : planLines(label, seen, known.desired, known.foresee);
  return { refusal: refusalLines(label, seen, wanted), plan };
}
