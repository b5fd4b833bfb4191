import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { shareOwners } from "../core/Holders";
import type { Subject } from "../core/Refusal";
import { failure } from "../core/Tell";
import { arrive } from "./arrive";
import { deploymentOf, type HostStateArgs, idFor, type Task } from "./Deployment";
import { generationState } from "./generation";
import { shareSight } from "./look/Look";
import { type Confirmation, patienceOf } from "./patience";
import { CHANGE, payload, REMOVE, REPORT } from "./payload";
import { commandConnection, type Host } from "./RaspberryPi";
import { parseReport, type Report } from "./report";

/**
 * What one component wants of one host, where that changes how the host is reached. Two commands: `-change` talks to the host
 * where it is, `-state` where it is then; between them the program logs in once more, at the new address if there is one, and
 * confirms, or the host goes back by itself.
 *
 * @throws pulumi.ResourceError when the host is a plain object that is not right; and late when the host is not reached.
 */
export class HostChange {
  /** The host at its new address, if there is one: known when it was reached there; in a preview at once. */
  readonly host: Host;
  /** What the host said when it had the desired state, checked from outside. */
  readonly report: pulumi.Output<Report>;

  /**
   * @param settings - How long the host waits to be confirmed.
   * @param to - The address to move to. Default: the host stays where it is.
   */
  constructor(
    name: string,
    args: HostStateArgs,
    subject: Subject,
    settings: pulumi.Output<Confirmation>,
    to?: pulumi.Output<string>,
  ) {
    const { connection, sight, task } = deploymentOf(args, subject, to);
    const fed = pulumi
      .all([task, connection])
      .apply(([get, { host }]) => (to === undefined ? feed(get(), host) : feedMove(get(), host)));
    const stdin = pulumi.all([task, fed]).apply(([get, { id }]) => payload(get().desired, () => id));
    const there =
      to === undefined ? connection : pulumi.all([connection, to]).apply(([login, host]) => ({ ...login, host }));

    const options = { parent: subject.resource, deleteBeforeReplace: true };
    const common = { logging: remote.Logging.Stderr, addPreviousOutputInEnv: false };
    const change = new remote.Command(
      `${name}-change`,
      {
        ...common,
        connection: pulumi.secret(
          pulumi.all([connection, fed]).apply(([login, { from }]) => commandConnection({ ...login, host: from })),
        ),
        create: CHANGE,
        stdin: pulumi.secret(stdin),
      },
      options,
    );
    const known = pulumi.all([change.stdout, there, fed, settings]);
    const arrived = known.apply(async ([, login, { id, from, isSettled }, confirmed]) => {
      if (isSettled || pulumi.runtime.isDryRun() || !pulumi.runtime.hasEngine()) return;
      const problem = await arrive(login, {
        concept: args.concept,
        id,
        from,
        to: login.host,
        patience: patienceOf(confirmed),
      });
      if (problem !== undefined) throw failure(subject.resource, problem);
    });
    const state = new remote.Command(
      `${name}-state`,
      {
        ...common,
        connection: pulumi.secret(there.apply(commandConnection)),
        create: REPORT,
        delete: REMOVE,
        stdin: pulumi.secret(pulumi.all([stdin, arrived]).apply(([text]) => text)),
      },
      options,
    );
    this.report = pulumi.unsecret(state.stdout).apply(parseReport);
    const reached = pulumi.runtime.isDryRun() ? there : pulumi.all([there, state.stdout]).apply(([login]) => login);
    const { suite } = args.host;
    this.host = { connection: pulumi.secret(reached), ...(suite === undefined ? {} : { suite }) };
    shareSight(this.host, sight);
    shareOwners(args.host, this.host);
  }
}

interface Fed {
  readonly id: string;
  /** Where the host is when it is told to change. */
  readonly from: string;
  readonly isSettled: boolean;
}

function feed(task: Task, host: string): Fed {
  const { digest } = generationState(task.desired);
  const known = idFor(task, digest);
  // Where nobody looks, that is always the same: a change has to be told from the one before, which was confirmed.
  const id = task.seen === "off" ? `${known}-${digest}` : known;
  return { id, from: host, isSettled: id === lastId(task) };
}

/** With where the host was when it was told to move: as long as there is nothing to do, that of the last time. */
function feedMove(task: Task, host: string): Fed {
  const { id, isSettled } = feed(task, host);
  const at = typeof task.seen === "string" ? host : task.seen.address;
  return isSettled ? { id, from: id.split(" ")[1] ?? at, isSettled } : { id: `${id} ${at}`, from: at, isSettled };
}

function lastId({ desired, seen }: Task): string | undefined {
  return typeof seen === "string" ? undefined : seen.concepts.get(desired.concept)?.id;
}
