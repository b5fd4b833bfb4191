import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { Subject } from "../core/Refusal";
import { failure } from "../core/Tell";
import { arrive } from "./arrive";
import { deploymentOf, type HostStateArgs, idFor, type Task } from "./Deployment";
import { generationState } from "./generation";
import { shareSight } from "./look/Look";
import { CHANGE, payload, REMOVE, REPORT } from "./payload";
import { commandConnection, type Host } from "./RaspberryPi";
import { parseReport, type Report } from "./report";

/**
 * What one component wants of one host, where that changes the address of the host. Two commands: `-change` talks to the host
 * where it is, `-state` where it is then; between them the program logs in at the new address and confirms, or the host goes
 * back by itself.
 *
 * @throws pulumi.ResourceError when the host is a plain object that is not right; and late when the host is not reached.
 */
export class HostMove {
  /** The host at its new address: known when it was reached there; in a preview at once. */
  readonly host: Host;
  /** What the host said when it had the desired state, checked from outside. */
  readonly report: pulumi.Output<Report>;

  /** @param to - The address to move to. */
  constructor(name: string, args: HostStateArgs, to: pulumi.Output<string>, subject: Subject) {
    const { connection, sight, task } = deploymentOf(args, subject, to);
    const fed = pulumi.all([task, connection]).apply(([get, { host }]) => feed(get(), host));
    const stdin = pulumi.all([task, fed]).apply(([get, { id }]) => payload(get().desired, () => id));
    const there = pulumi.all([connection, to]).apply(([login, host]) => ({ ...login, host }));

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
    const arrived = pulumi.all([change.stdout, there, fed]).apply(async ([, login, { id, from, isSettled }]) => {
      if (isSettled || pulumi.runtime.isDryRun() || !pulumi.runtime.hasEngine()) return;
      const problem = await arrive(login, { concept: args.concept, id, from, to: login.host });
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
  }
}

interface Fed {
  readonly id: string;
  /** Where the host was when it was told to move: as long as there is nothing to do, that of the last time. */
  readonly from: string;
  readonly isSettled: boolean;
}

function feed(task: Task, host: string): Fed {
  const { desired, seen } = task;
  const id = idFor(task, generationState(desired).digest);
  const [known, at] =
    typeof seen === "string" ? [undefined, host] : [seen.concepts.get(desired.concept)?.id, seen.address];
  return id === known
    ? { id, from: id.split(" ")[1] ?? at, isSettled: true }
    : { id: `${id} ${at}`, from: at, isSettled: false };
}
