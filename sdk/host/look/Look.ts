import * as pulumi from "@pulumi/pulumi";

import { Field } from "../../core/field";
import { refusal, type Subject } from "../../core/Refusal";
import { failure, warn } from "../../core/Tell";
import type { Connection } from "../connection";
import { clockLines } from "./clock";
import { MOST_SECONDS, OBSERVE, observationOf, type Observation } from "./observation";
import type { Host } from "../RaspberryPi";
import { observeScript } from "../scripts";
import { SshError } from "../ssh/error";
import { runOverSsh } from "../ssh/run";

/** Why there is nothing to see: one does not want to look, or cannot. */
export type Unseen = "off" | "failed";

/**
 * What a program saw of a host. A function, since Pulumi would take apart and
 * put together again every object that passes through an Output.
 */
export type Sight = () => Observation | Unseen;

const MODES = ["off", "warn", "require"] as const;
type Mode = (typeof MODES)[number];

const sights = new WeakMap<Host, pulumi.Output<Sight>>();

/**
 * One look at a host, over one SSH connection, for all components of a program that deploy to it.
 *
 * That a host is away, or its clock wrong, is logged on the component that asked first.
 *
 * @throws pulumi.ResourceError when `mosquitto-pi:observe` is not one of its values; and late when the host turns us away, is not
 * the one that it should be, or has to be there (`require`) and is not.
 */
export function look(
  host: Host,
  connection: pulumi.Output<pulumi.Unwrap<Connection>>,
  subject: Subject,
): pulumi.Output<Sight> {
  const mode = observeMode(subject);
  // Without an engine it is somebody's unit test.
  if (mode === "off" || !pulumi.runtime.hasEngine()) return pulumi.output((): Unseen => "off");
  const earlier = sights.get(host);
  if (earlier !== undefined) return earlier;
  const sight = pulumi.output(connection).apply((login) => lookOnce(login, mode, subject));
  sights.set(host, sight);
  return sight;
}

function observeMode(subject: Subject): Mode {
  const field = new Field(new pulumi.Config("mosquitto-pi").get("observe"), "mosquitto-pi:observe");
  if (field.isAbsent) return "warn";
  field.oneOf(MODES);
  if (field.found.length > 0) throw refusal(subject, field.found);
  return field.value as Mode;
}

async function lookOnce(login: pulumi.Unwrap<Connection>, mode: Mode, { resource }: Subject): Promise<Sight> {
  try {
    const from = Date.now() / 1000;
    const result = await runOverSsh(login, OBSERVE, observeScript(), MOST_SECONDS);
    const observation = observationOf(result, login.user ?? "root");
    const clock = clockLines(login.host, observation.time, { from, to: Date.now() / 1000 });
    if (clock.length > 0) await warn(resource, clock.join("\n"));
    return () => observation;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const text = `${login.host} could not be looked at: ${error.message}`;
    const isAbsent = error instanceof SshError && error.failure === "unreachable";
    if (!isAbsent || mode === "require") throw failure(resource, text);
    // Where the host is only away, `up` goes on without it, and its command says that it is.
    if (pulumi.runtime.isDryRun())
      await warn(
        resource,
        `${text}\nWhat would change there is not known; \`pulumi up\` will fail as long as it is away.`,
      );
    return () => "failed";
  }
}
