import type { types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { type Field, isGiven, isObject } from "../core/field";
import type { Subject } from "../core/Refusal";
import { knownNow, shapeOf } from "../core/Shape";
import { validated } from "../core/validated";
import { checkConnection, isUnchecked, type Connection, type SshLogin } from "./connection";
import { canonicalAddress } from "../tls/names";
import { networkOf, otherInNetwork, pisByAddress } from "./Places";
import { type Suite, SUITES } from "./suite";

/** A host to deploy to: a {@link RaspberryPi}, or a plain object of the same shape. */
export interface Host {
  /** How to reach it over SSH. */
  readonly connection: Connection | pulumi.Output<Connection>;
  /** The release it must run. Default: any supported one. */
  readonly suite?: pulumi.Input<Suite> | undefined;
}

/** Arguments of {@link RaspberryPi}. */
export type RaspberryPiArgs = Host;

/**
 * A Raspberry Pi that can be reached over SSH, as root or as a user whose sudo asks for no password.
 *
 * Nothing is done to it by itself; other components take it as their `host`.
 *
 * @example
 * ```ts
 * const pi = new RaspberryPi("pi", {
 *   connection: { host: "192.168.1.57", user: "pi", privateKey: config.requireSecret("sshKey"), hostKey: "ssh-ed25519 AAAA…" },
 * });
 * ```
 * @throws pulumi.ResourceError when an argument is not right: every mistake with its path.
 */
export class RaspberryPi extends pulumi.ComponentResource implements Host {
  /** How to reach it, checked. Secret. */
  readonly connection: pulumi.Output<Connection>;
  /** The address it is reached at: `connection.host`. */
  readonly address: pulumi.Output<string>;
  readonly suite?: pulumi.Input<Suite>;

  constructor(name: string, args: RaspberryPiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mosquitto-pi:index:RaspberryPi", name, {}, opts);
    const subject: Subject = { resource: this, kind: "RaspberryPi", name };
    const pis = pisByAddress();
    networkOf(this, args);
    const host = validated(
      subject,
      args,
      (given) => {
        checkHost(given);
        const address = given.at("connection").at("host").value;
        if (typeof address === "string") otherInNetwork(pis, canonicalAddress(address), this, subject);
      },
      (checked) => checked,
    );
    this.connection = pulumi.secret(host.apply((h) => h.connection as Connection));
    this.address = pulumi.unsecret(pulumi.output(args.connection).apply((c) => c.host));
    if (isGiven(args.suite)) this.suite = args.suite;
    this.registerOutputs({ address: this.address });
  }
}

/** A host without a resource in it. */
export function hostInputs(host: Host): Host {
  if (!pulumi.Resource.isInstance(host) || !("connection" in host)) return shapeOf(host);
  const { connection, suite } = host;
  return suite === undefined ? { connection } : { connection, suite };
}

/** Arguments of a component without its host, and without a resource in their place. */
export function withoutHost<A extends { readonly host: Host }>(args: A): Omit<A, "host"> {
  const shape = shapeOf(args);
  if (!isObject(shape)) return shape;
  return Object.fromEntries(Object.entries(shape).filter(([key]) => key !== "host")) as Omit<A, "host">;
}

/** The same with its host as far as that is known: a preview knows what it wants of it before it knows how to reach it. */
export function withKnownHost<A extends { readonly host: Host }>(args: A) {
  const settings = withoutHost(args);
  return isObject(settings) ? { ...settings, host: knownNow(hostInputs(args.host)) } : settings;
}

/** Checks a {@link Host}. */
export function checkHost(host: Field): void {
  if (!host.object("a RaspberryPi, or { connection }")) return;
  host.onlyKeys(["connection", "suite"]);
  checkConnection(host.at("connection"));
  const suite = host.at("suite");
  if (!suite.isAbsent) suite.oneOf(SUITES);
}

/** The connection in the words of @pulumi/command, where no host key means that none is checked. */
export function commandConnection(connection: pulumi.Unwrap<Connection>): types.input.remote.ConnectionArgs {
  const { proxy, ...login } = connection;
  return { ...commandLogin(login), ...(isGiven(proxy) ? { proxy: commandLogin(proxy) } : {}) };
}

function commandLogin(login: pulumi.Unwrap<SshLogin>): types.input.remote.ProxyConnectionArgs {
  const hostKey = isUnchecked(login.hostKey) ? undefined : login.hostKey.trim();
  const given = Object.entries({ ...login, hostKey }).filter(([, value]) => isGiven(value));
  return Object.fromEntries(given) as unknown as types.input.remote.ProxyConnectionArgs;
}
