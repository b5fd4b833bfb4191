import * as pulumi from "@pulumi/pulumi";

import type { Deep } from "../core/Deep";
import { type Field, isObject } from "../core/field";
import { checkSecond, type Holders, holdersOf, shareOwners } from "../core/Holders";
import type { Subject } from "../core/Refusal";
import { failure } from "../core/Tell";
import { validated } from "../core/validated";
import { withGaps } from "../core/WithGaps";
import type { Connection } from "../host/connection";
import { HostState, type Wanted } from "../host/HostState";
import { identityOf } from "../host/Identity";
import type { Sight } from "../host/look/Look";
import { shareSight } from "../host/look/Look";
import type { Identity } from "../host/owner";
import { otherInNetwork } from "../host/Places";
import { checkHost, type Host, withKnownHost, withoutHost } from "../host/RaspberryPi";
import type { Report } from "../host/report";
import { restarted } from "../host/restart";
import { CONCEPT, desiredState, forecast } from "./desired";
import { checkOs, type OsSettings } from "./model";

/** Arguments of an {@link OsBaseline}. */
export type OsBaselineArgs = { readonly [K in keyof OsSettings]: Deep<OsSettings[K]> } & {
  /** The Pi: a RaspberryPi, or the `host` of its StaticIp. One OsBaseline a Pi. */
  readonly host: Host;
};

/**
 * The operating system below everything else on a Raspberry Pi: its name, its clock, its upgrades. Other components take `host`,
 * which is the Pi when it is so far, restarted if it had to be.
 *
 * @throws pulumi.ResourceError listing every mistake in the arguments, before anything is sent to the host; and late when the Pi
 * does not come back from a restart.
 * @example
 * ```ts
 * const os = new OsBaseline("os", { host: pi, hostname: "mqtt-pi", timezone: "Europe/Berlin", upgrade: "security" });
 * const broker = new MosquittoBroker("broker", { host: os.host, authority: ca, users: [sensor] });
 * ```
 */
export class OsBaseline extends pulumi.ComponentResource {
  /** The Pi, for other components. Known once it is as it should be, and back from a restart. */
  readonly host: Host;
  /** The Pi's name, as it says itself; the network finds it as `<hostname>.local` where the argument `hostname` is given. */
  readonly hostname: pulumi.Output<string>;

  constructor(name: string, args: OsBaselineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mosquitto-pi:index:OsBaseline", name, withoutHost(args), opts);
    const subject: Subject = { resource: this, kind: "OsBaseline", name };
    const holders = holdersOf("hostname");
    const settings = validated(
      subject,
      withKnownHost(args),
      (given) => {
        checkAll(given, args.host, holders, subject);
      },
      (checked) => checked,
    );
    const names = { hostname: args.hostname, reached: connectionHost(args) };
    const named = validated(subject, names, checkReached, (checked) => checked);
    const identity = identityOf(subject);
    const wanted = pulumi.all([settings, identity, named]).apply(([checked, owner]) => {
      const state = wantedState(checked, owner);
      return () => state;
    });
    const draft = async () => wantedState(await withGaps(withoutHost(args)), await withGaps(identity));
    const { report, deployment } = new HostState(
      `${name}-state`,
      { host: args.host, concept: CONCEPT, wanted, draft },
      subject,
    );
    const { connection, sight } = deployment;
    const back = pulumi
      .all([report, connection, sight])
      .apply(([told, login, seen]) => awaitRestart(told, login, seen, subject));
    const ready = pulumi.runtime.isDryRun() ? connection : pulumi.all([connection, back]).apply(([login]) => login);
    const { suite } = args.host;

    this.host = { connection: pulumi.secret(ready), ...(suite === undefined ? {} : { suite }) };
    shareSight(this.host, sight);
    shareOwners(args.host, this.host);
    this.hostname = pulumi.all([report, back]).apply(([{ facts }]) => facts["hostname"] ?? "unknown");
    this.registerOutputs({ hostname: this.hostname });
  }
}

/** A report from before the last restart is in the state as long as nothing else is deployed. */
async function awaitRestart(
  { facts }: Report,
  login: pulumi.Unwrap<Connection>,
  sight: Sight,
  { resource }: Subject,
): Promise<void> {
  const boot = facts["restarting"];
  const seen = sight();
  if (boot === undefined || pulumi.runtime.isDryRun() || !pulumi.runtime.hasEngine()) return;
  if (typeof seen !== "string" && !seen.fingerprint.includes(boot)) return;
  const problem = await restarted(login, boot);
  if (problem !== undefined) throw failure(resource, problem);
}

function wantedState(settings: OsSettings, owner: Identity): Wanted {
  return { desired: desiredState(settings, owner), foresee: forecast(settings) };
}

function checkAll(given: Field, host: Host, holders: Holders, subject: Subject): void {
  if (!given.object("an object with `host`")) return;
  given.onlyKeys(["host", ...SETTINGS]);
  checkHost(given.at("host"));
  checkSecond(given.at("host"), host, subject);
  checkOs(given);
  const hostname = given.at("hostname");
  if (typeof hostname.value !== "string") return;
  const holder = otherInNetwork(holders, hostname.value, host, subject);
  if (holder !== undefined)
    hostname.fail("a name that no other Pi of this program has", `the OsBaseline "${holder.name}" gives it`);
}

/** The name that avahi gave the Pi, and that it is reached by, must not go. Other names are up to the network. */
function checkReached(given: Field): void {
  const [hostname, reached] = [given.at("hostname"), given.at("reached").value];
  if (typeof hostname.value !== "string" || typeof reached !== "string") return;
  const [, name] = /^(.*)\.local\.?$/.exec(reached.toLowerCase()) ?? [];
  if (name !== undefined && name !== hostname.value)
    hostname.fail(`"${name}", since the Pi is reached as ${reached}`, "set connection.host to its IP address");
}

const SETTINGS = [
  "hostname",
  "timezone",
  "upgrade",
  "rebootIfRequired",
  "unattendedUpgrades",
  "timeSync",
] as const satisfies readonly (keyof OsSettings)[];

function connectionHost({ host }: OsBaselineArgs): pulumi.Output<string> | undefined {
  if (!isObject(host)) return undefined;
  return pulumi.unsecret(pulumi.output(host.connection).apply((connection) => connection.host));
}
