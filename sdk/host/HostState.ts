import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { Subject } from "../core/Refusal";
import { type Deployment, deploymentOf, type HostStateArgs, idFor } from "./Deployment";
import { APPLY, payload, REMOVE } from "./payload";
import { commandConnection } from "./RaspberryPi";
import { parseReport, type Report } from "./report";

export type { HostStateArgs, Wanted } from "./Deployment";

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
  readonly deployment: Deployment;

  constructor(name: string, args: HostStateArgs, subject: Subject) {
    this.deployment = deploymentOf(args, subject);
    const { connection, task } = this.deployment;
    const stdin = task.apply((get) => payload(get().desired, (digest) => idFor(get(), digest)));
    const command = new remote.Command(
      name,
      {
        connection: pulumi.secret(connection.apply(commandConnection)),
        create: APPLY,
        delete: REMOVE,
        stdin: pulumi.secret(stdin),
        logging: remote.Logging.Stderr,
        addPreviousOutputInEnv: false,
      },
      // Both halves of a replacement have the same identity: create before delete would take away what was just made.
      { parent: subject.resource, deleteBeforeReplace: true, dependsOn: [...(args.after ?? [])] },
    );
    this.report = pulumi.unsecret(command.stdout).apply(parseReport);
  }
}
