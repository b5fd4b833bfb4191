import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { Subject } from "../core/Refusal";
import { validated } from "../core/validated";
import type { DesiredState } from "./desired";
import { APPLY, payload, REMOVE } from "./payload";
import { checkHost, commandConnection, type Host } from "./RaspberryPi";
import { parseReport, type Report } from "./report";

/** Arguments of {@link HostState}. */
export interface HostStateArgs {
  readonly host: Host;
  readonly desired: pulumi.Input<DesiredState>;
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

  constructor(name: string, { host, desired }: HostStateArgs, subject: Subject) {
    const { connection, suite } = host;
    const checked = validated(
      subject,
      { host: { connection, suite } },
      (args) => {
        checkHost(args.at("host"));
      },
      (args) => commandConnection(args.host.connection),
    );
    const stdin = pulumi.all([desired, suite]).apply(([state, release]) => payload(state, "unobserved", release));
    const command = new remote.Command(
      name,
      {
        connection: pulumi.secret(checked),
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
