import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { DesiredState } from "./desired";
import { APPLY, payload, REMOVE } from "./payload";
import { commandConnection, type Host } from "./RaspberryPi";
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
 */
export class HostState {
  /** What the host said when it had the desired state, checked from outside. */
  readonly report: pulumi.Output<Report>;

  constructor(name: string, { host, desired }: HostStateArgs, opts: { readonly parent: pulumi.Resource }) {
    const stdin = pulumi.all([desired, host.suite]).apply(([state, suite]) => payload(state, suite));
    const command = new remote.Command(
      name,
      {
        connection: pulumi.secret(pulumi.output(host.connection).apply(commandConnection)),
        create: APPLY,
        delete: REMOVE,
        stdin: pulumi.secret(stdin),
        logging: remote.Logging.Stderr,
        addPreviousOutputInEnv: false,
      },
      opts,
    );
    this.report = pulumi.unsecret(command.stdout).apply(parseReport);
  }
}
