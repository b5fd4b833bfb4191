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
import { runOverSsh, type SshResult } from "../ssh/run";

/** Why there is nothing to see: one does not want to look, or cannot. */
export type Unseen = "off" | "failed";

/** What was seen of a host, and at which of its addresses. */
export interface Sighting extends Observation {
  readonly address: string;
}

/**
 * What a program saw of a host. A function, since Pulumi would take apart and
 * put together again every object that passes through an Output.
 */
export type Sight = () => Sighting | Unseen;

type Login = pulumi.Unwrap<Connection>;

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
export function look(host: Host, login: pulumi.Output<Login>, subject: Subject): pulumi.Output<Sight> {
  const known =
    sights.get(host) ??
    lookAt(
      pulumi.output(login).apply((way) => [way]),
      subject,
    );
  sights.set(host, known);
  return known;
}

/**
 * A look at a host that may be at one of several addresses.
 *
 * @param logins - The ways to it; in error texts, the last one counts.
 * @throws as `look`.
 */
export function lookAt(logins: pulumi.Output<readonly Login[]>, subject: Subject): pulumi.Output<Sight> {
  const mode = observeMode(subject);
  // Without an engine it is somebody's unit test.
  if (mode === "off" || !pulumi.runtime.hasEngine()) return pulumi.output((): Unseen => "off");
  return pulumi.output(logins).apply((ways) => lookOnce(ways, mode, subject));
}

/** What was seen is seen of this host, too: it is the same one, at another address. */
export function shareSight(host: Host, sight: pulumi.Output<Sight>): void {
  sights.set(host, sight);
}

function observeMode(subject: Subject): Mode {
  const field = new Field(new pulumi.Config("mosquitto-pi").get("observe"), "mosquitto-pi:observe");
  if (field.isAbsent) return "warn";
  field.oneOf(MODES);
  if (field.found.length > 0) throw refusal(subject, field.found);
  return field.value as Mode;
}

async function lookOnce(logins: readonly Login[], mode: Mode, { resource }: Subject): Promise<Sight> {
  try {
    const from = Date.now() / 1000;
    const [login, result] = await firstThatAnswers(logins);
    const observation = observationOf(result, login.user ?? "root");
    const clock = clockLines(login.host, observation.time, { from, to: Date.now() / 1000 });
    if (clock.length > 0) await warn(resource, clock.join("\n"));
    return () => ({ ...observation, address: login.host });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const text = `${logins.map(({ host }) => host).join(" or ")} could not be looked at: ${error.message}`;
    const isAbsent = error instanceof SshError && error.failure === "unreachable";
    if (!isAbsent || mode === "require") throw failure(resource, text);
    // Where the host is only away, `up` goes on without it, and its command says that it is; but of one of its addresses only.
    const elsewhere = "If it is at none of these addresses any more, set connection.host to the one that it has.";
    const lines = [
      ...(logins.length > 1 ? [elsewhere] : []),
      ...(pulumi.runtime.isDryRun()
        ? ["What would change there is not known; `pulumi up` will fail as long as it is away."]
        : []),
    ];
    if (lines.length > 0) await warn(resource, [text, ...lines].join("\n"));
    return () => "failed";
  }
}

/** All ways are tried at once: at most one leads to the host, and the others may take long to fail. */
async function firstThatAnswers(logins: readonly Login[]): Promise<[Login, SshResult]> {
  const found = new AbortController();
  const tries = logins.map(async (login): Promise<[Login, SshResult]> => [
    login,
    await runOverSsh(login, OBSERVE, observeScript(), MOST_SECONDS, found.signal),
  ]);
  try {
    const first = await Promise.any(tries);
    found.abort();
    return first;
  } catch (error) {
    const failures = (error as AggregateError).errors as unknown[];
    const absences = failures.filter((it) => it instanceof SshError && it.failure === "unreachable");
    // Somebody else may be at one of the addresses: the host is away then.
    throw absences.at(-1) ?? failures.at(-1);
  }
}
